// What every page needs: clocks, live cards, messages, menus. The pages work without any of it.
(() => {
  const HIDDEN = 15; // seconds between two questions of a tab that nobody looks at
  const UNTOLD = 3; // and of one that was not told when to ask, as after an error
  const AT_ONCE = 100; // cards that one question names: an address has an end
  const REST = 5; // times as long as answers take, but no longer than HIDDEN: who is slow is asked less
  const TOASTS = 3; // of what ended elsewhere
  const body = document.body;
  const title = document.title;
  // Before htmx begins: it writes no styles, runs no text as code, asks no other host.
  if (window.htmx) Object.assign(htmx.config, {
    includeIndicatorStyles: false, allowEval: false, allowScriptTags: false, selfRequestsOnly: true,
    historyCacheSize: 0, scrollIntoViewOnBoost: false,
    // Not style: what an extension wrote there would break the policy when it is copied.
    attributesToSettle: ["class", "width", "height"],
  });
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  // What is said in one moment is said together: the later would silence the earlier.
  let lines = [];
  const announce = (text) => {
    if (!text || lines.push(text) > 1) return;
    setTimeout(() => {
      const paragraphs = lines.map((line) => Object.assign(document.createElement("p"), { textContent: line }));
      document.getElementById("announce").replaceChildren(...paragraphs);
      lines = [];
    });
  };
  // The key by its letter; on a layout of other letters, by its place.
  const keyOf = ({ key, code }) => {
    if (key.length !== 1) return key;
    return (/^[ -~]$/.test(key) ? key : code.replace(/^(Key|Digit)/, "")).toLowerCase();
  };
  // Links that do something here still open elsewhere, if that is what was pressed.
  const isPlain = (event) => !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button);
  window.studio = { $$, announce, keyOf, isPlain };

  // Clocks: the server says since when, counted against its own clock.
  const skew = new Map();
  const clock = (seconds) => {
    const s = Math.max(0, Math.floor(seconds));
    const pad = (n) => String(n).padStart(2, "0");
    const minutes = Math.floor(s / 60);
    return minutes < 60 ? `${minutes}:${pad(s % 60)}`
      : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(s % 60)}`;
  };
  const tick = () => $$("[data-elapsed]").forEach((element) => {
    if (!skew.has(element)) skew.set(element, performance.now() - Number(element.dataset.elapsed) * 1000);
    element.textContent = clock((performance.now() - skew.get(element)) / 1000);
  });
  setInterval(tick, 1000);

  // Times are the reader's own, in the page's language: the server names its zone and knows no other.
  const language = document.documentElement.lang;
  // Some browsers name languages that Intl does not take, such as en-US@posix.
  const isTaken = (one) => { try { return Intl.DateTimeFormat.supportedLocalesOf(one).length > 0; } catch { return false; } };
  const ofPage = (one) => one.toLowerCase().startsWith(language.slice(0, 2));
  const own = [...navigator.languages.filter(ofPage), language].find(isTaken);
  const format = (timeStyle) => new Intl.DateTimeFormat(own, { dateStyle: "medium", timeStyle });
  const [short, long] = [format("short"), format("medium")];
  const local = () => $$("time[datetime]:not([data-local])").forEach((element) => {
    element.dataset.local = "";
    element.textContent = ("seconds" in element.dataset ? long : short).format(new Date(element.dateTime));
  });

  const onTheirWay = () => document.getElementById("running")?.dataset ?? {};
  // The tab counts what is on its way.
  const count = () => {
    const { running } = onTheirWay();
    document.title = Number(running) ? `(${running}) ${title}` : title;
    const words = document.querySelector("#running .unseen")?.textContent.trim() || "";
    $$("[data-on-way]").forEach((element) => { element.textContent = words; });
  };
  count();

  // One question for all that moves on this page, when the server has said that it may be news.
  // None when there is nothing to ask; a page without cards asks what became of this person's.
  let timer;
  let asked = -Infinity;
  let named = 0; // cards of this round
  let took = [];
  const since = (moment) => (performance.now() - moment) / 1000;
  const askIn = (seconds) => { clearTimeout(timer); timer = setTimeout(ask, seconds * 1000); };
  const cards = () => $$("[data-open]").map((card) => `${card.dataset.open}:${card.dataset.version}`);
  const asker = () => document.querySelector("#status[data-polls]")
    ?? (cards().length || Number(onTheirWay().running) ? document.getElementById("live") : null);
  const isQuestion = (request) => request?.elt.matches?.("[data-polls]");
  function ask() {
    const wait = document.hidden ? HIDDEN - since(asked) : 0;
    if (wait > 0) askIn(wait); else if (asker()) htmx.trigger(asker(), "ask");
  }
  document.addEventListener("htmx:configRequest", ({ detail: { elt, parameters } }) => {
    if (!isQuestion({ elt })) return;
    asked = performance.now();
    if (elt.id !== "live") return;
    const seen = cards();
    if (named >= seen.length) named = 0;
    if (seen.length) return parameters.set("seen", seen.slice(named, named += AT_ONCE).join(","));
    const { ids, running } = onTheirWay();
    parameters.set("open", ids ?? "");
    parameters.set("running", running);
  });
  document.addEventListener("htmx:afterRequest", ({ detail: { requestConfig, xhr } }) => {
    if (!isQuestion(requestConfig)) return;
    // Of the last two the faster one: a single slow answer is that of a server that begins.
    took = [took.at(-1) ?? since(asked), since(asked)];
    const told = Number(xhr?.getResponseHeader("X-Poll-After")) || UNTOLD;
    const isRoundOver = requestConfig.elt.id !== "live" || named >= cards().length;
    askIn(Math.max(isRoundOver ? told : 0, Math.min(HIDDEN, REST * Math.min(...took))));
  });
  // A card that came by itself may be sent at once.
  document.addEventListener("htmx:afterSettle", ({ detail: { requestConfig } }) => isQuestion(requestConfig) || askIn(UNTOLD));
  document.addEventListener("visibilitychange", () => document.hidden || since(asked) < 1 || askIn(0));
  askIn(Number(document.getElementById("live")?.dataset.pollAfter) || UNTOLD);

  // What changed is said once, politely, and shown as a notification if that was asked for.
  const said = new Map($$("[data-announce]").map((element) => [element.id, element.dataset.announce]));
  const hear = () => $$("[data-announce]").forEach((element) => {
    const text = element.dataset.announce;
    if (said.get(element.id) === text) return;
    const known = said.has(element.id);
    said.set(element.id, text);
    if (!known && !element.classList.contains("fresh")) return;
    announce(text);
    if (element.dataset.ended) window.studio.notify(text, element.dataset.page);
  });
  const fresh = () => { tick(); local(); count(); hear(); };
  document.addEventListener("htmx:afterSettle", () => { skew.forEach((_, e) => e.isConnected || skew.delete(e)); fresh(); });
  document.addEventListener("htmx:oobAfterSwap", () => { fresh(); $$("#toasts [data-ended]").slice(0, -TOASTS).forEach((toast) => toast.remove()); });
  // A card does not shrink while somebody may point at what is below it.
  const heights = new Map();
  document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target } }) => {
    if (target?.matches(".card")) heights.set(target.getAttribute("id"), target.offsetHeight);
  });
  document.addEventListener("htmx:oobAfterSwap", () => {
    heights.forEach((height, id) => { document.getElementById(id)?.style.setProperty("min-height", `${height}px`); });
    heights.clear();
  });
  addEventListener("resize", () => $$(".card").forEach((card) => card.style.removeProperty("min-height")));
  // Focus stays in what is replaced: on the same control, or on the first one left.
  let held;
  for (const name of ["htmx:beforeSwap", "htmx:oobBeforeSwap"]) {
    document.addEventListener(name, ({ detail: { target } }) => {
      const at = document.activeElement;
      const id = target?.getAttribute("id"); // `form.id` would be its field of that name
      if (id && target.contains(at)) held = { id, text: at.textContent.trim() };
    });
  }
  const controls = (box) => $$("a[href], button, summary, video", box).filter((one) => one.tabIndex >= 0 && one.checkVisibility());
  document.addEventListener("htmx:afterSettle", () => {
    const box = held && document.getElementById(held.id);
    if (box && document.activeElement === document.body) {
      const all = controls(box);
      (all.find((one) => one.textContent.trim() === held.text) || all[0])?.focus({ preventScroll: true });
    }
    held = null;
  });
  // What was hidden beside the form stays so in this tab until it has ended. The list of
  // everything hides nothing.
  const hidden = (keptHere.get("hidden") || "").split(" ");
  $$(".rail .card[data-open]").filter((card) => hidden.includes(card.id)).forEach((card) => card.remove());

  // A switch is set where it is: nothing moves, nothing is loaded again.
  async function toggle(button, address, fields) {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", on);
    fields.set("to", on ? "on" : "off");
    const headers = { "HX-Request": "true", "HX-Current-URL": location.href };
    const answer = await fetch(address, { method: "POST", body: fields, headers }).catch(() => null);
    if (answer?.status === 204) return;
    button.setAttribute("aria-pressed", !on);
    const login = answer?.headers.get("HX-Redirect");
    if (login) location.assign(login); else window.studio.fail(button, answer);
  }
  window.studio.toggle = toggle;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-toggle]")) return;
    event.preventDefault();
    toggle(form.querySelector("button"), form.getAttribute("action"), new URLSearchParams(new FormData(form)));
  });

  // Messages stay until they are dismissed; one of ours for a moment, with a button if it asks.
  function toast(text, label, act) {
    announce(text);
    document.querySelector("[data-toast='js']")?.remove();
    const box = Object.assign(document.createElement("div"), { className: "toast" });
    box.dataset.toast = "js";
    box.append(Object.assign(document.createElement("p"), { textContent: text }));
    if (label) box.append(Object.assign(document.createElement("button"), { className: "button", textContent: label, onclick: () => { box.remove(); act(); } }));
    document.getElementById("toasts").append(box);
    setTimeout(() => box.remove(), label ? 20000 : 8000);
  }
  window.studio.toast = toast;

  // Over plain http, browsers let no page copy: then the text stands selected.
  async function copy(button) {
    const { copied, selected } = document.getElementById("watch").dataset;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      toast(copied);
    } catch {
      getSelection().selectAllChildren(button.parentElement.querySelector("blockquote, dl"));
      toast(selected);
    }
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("button, a, summary");
    if (target?.matches("[data-dismiss]")) { target.closest("[data-toast]").remove(); document.getElementById("main").focus({ preventScroll: true }); }
    if (target?.matches("[data-theme-choice]")) { studioTheme.set(target.dataset.themeChoice); showTheme(); }
    if (target?.matches("[data-copy]")) copy(target);
    if (target?.matches("[data-hide]")) {
      const card = target.closest(".card");
      keptHere.set("hidden", `${keptHere.get("hidden") || ""} ${card.id}`);
      const near = card.nextElementSibling || card.previousElementSibling || document.getElementById("main");
      (near.querySelector(".says") || near).focus();
      card.remove();
    }
    $$(".menu[open]").forEach((menu) => menu.contains(event.target) || (menu.open = false));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest?.(".menu[open]") || document.querySelector(".menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });
  const showTheme = () => $$("[data-theme-choice]").forEach((button) =>
    button.setAttribute("aria-pressed", button.dataset.themeChoice === studioTheme.get()));
  showTheme();

  tick();
  local();

  // A form that came back stands at the field that is wrong; else, after an error, at the first
  // that is empty.
  const wrong = document.querySelector("main form:not(#compose) [aria-invalid=true]")
    || [...document.querySelectorAll("main form:has([role=alert]) input:not([type=hidden])")].find((input) => !input.value);
  wrong?.focus();

  // A page that comes back as it was left may show what is gone: it is asked for anew. A form
  // keeps what was chosen in it; beside it the cards are fetched.
  addEventListener("pageshow", async ({ persisted }) => {
    if (!persisted) return;
    if (!document.getElementById("compose")) return location.reload();
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["cards", "running"]) {
      const renewed = page.getElementById(id);
      if (!renewed) continue; // a viewer stood over the page, and its address is another one's
      document.getElementById(id)?.replaceWith(renewed);
      htmx.process(renewed);
    }
    fresh();
    askIn(UNTOLD);
  });

  // A message that came with the page is said, and its way back lies under the next key.
  const message = document.querySelector("[data-toast]");
  if (message) setTimeout(() => announce(message.querySelector("p").textContent), 400);
  message?.querySelector("form button")?.focus({ preventScroll: true });
})();
