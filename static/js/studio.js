// For every page: clocks, live cards, messages, menus. Pages work without this script.
(() => {
  const HIDDEN = 15; // seconds between requests of a hidden tab
  const UNTOLD = 3; // and after an error
  const AT_ONCE = 100; // cards per request: a URL has a limit
  const REST = 5; // times as long as responses take, at most HIDDEN
  const TOASTS = 3; // messages about videos that ended on other pages
  const body = document.body;
  const title = document.title;
  // Before htmx starts: no inline styles, no evaluated code, no other hosts.
  if (window.htmx) Object.assign(htmx.config, {
    includeIndicatorStyles: false, allowEval: false, allowScriptTags: false, selfRequestsOnly: true,
    historyCacheSize: 0, scrollIntoViewOnBoost: false,
    // Not style: copying the styles of a browser extension would violate the policy.
    attributesToSettle: ["class", "width", "height"],
  });
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  // Of two announcements at one moment, only the last would be read: join them.
  let lines = [];
  const announce = (text) => {
    if (!text || lines.push(text) > 1) return;
    setTimeout(() => {
      const paragraphs = lines.map((line) => Object.assign(document.createElement("p"), { textContent: line }));
      document.getElementById("announce").replaceChildren(...paragraphs);
      lines = [];
    });
  };
  // Links with a script still open in a new tab.
  const isPlain = (event) => !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button);
  window.studio = { $$, announce, isPlain };

  // The server's clock counts, not the browser's.
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

  // Times are in the reader's time zone and the page's language.
  const language = document.documentElement.lang;
  // Some browsers report languages that Intl rejects, such as en-US@posix.
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
  const count = () => {
    const { running } = onTheirWay();
    document.title = Number(running) ? `(${running}) ${title}` : title;
    const words = document.querySelector("#running .unseen")?.textContent.trim() || "";
    $$("[data-on-way]").forEach((element) => { element.textContent = words; });
  };
  count();

  // One request for all open cards, when the server has said; a page without cards asks what ended.
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
    // Whole seconds: a rounded clock may stand still just before the end.
    const wait = document.hidden ? Math.ceil(HIDDEN - since(asked)) : 0;
    if (wait > 0) return askIn(wait);
    if (!asker()) return;
    const before = asked;
    htmx.trigger(asker(), "ask");
    if (asked === before) askIn(UNTOLD); // htmx waits for all scripts of the page before it listens
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
    // Cards take time: only answers without any show how fast the server is. The faster of the last
    // two counts, because a server that is starting may be slow once.
    if (xhr?.status !== 200) took = [took.at(-1) ?? since(asked), since(asked)];
    const rest = took.length ? Math.min(HIDDEN, REST * Math.min(...took)) : 0;
    const told = Number(xhr?.getResponseHeader("X-Poll-After")) || UNTOLD;
    const isRoundOver = requestConfig.elt.id !== "live" || named >= cards().length;
    askIn(Math.max(isRoundOver ? told : 0, rest));
  });
  // A new card may be sent at once.
  document.addEventListener("htmx:afterSettle", ({ detail: { requestConfig } }) => isQuestion(requestConfig) || askIn(UNTOLD));
  document.addEventListener("visibilitychange", () => document.hidden || since(asked) < 1 || askIn(0));
  askIn(Number(document.getElementById("live")?.dataset.pollAfter) || UNTOLD);

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
  // A card does not shrink: somebody may point at what is below it.
  const heights = new Map();
  document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target } }) => {
    if (target?.matches(".card")) heights.set(target.getAttribute("id"), target.offsetHeight);
  });
  document.addEventListener("htmx:oobAfterSwap", () => {
    fresh();
    $$("#toasts [data-ended]").slice(0, -TOASTS).forEach((toast) => toast.remove());
    heights.forEach((height, id) => { document.getElementById(id)?.style.setProperty("min-height", `${height}px`); });
    heights.clear();
  });
  addEventListener("resize", () => $$(".card").forEach((card) => card.style.removeProperty("min-height")));
  // Focus stays on the same control of a replaced part, or goes to its first.
  let held;
  for (const name of ["htmx:beforeSwap", "htmx:oobBeforeSwap"]) {
    document.addEventListener(name, ({ detail: { target } }) => {
      const at = document.activeElement;
      const id = target?.getAttribute("id"); // `form.id` would be its field named id
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
  // A hidden card stays hidden in this tab until it has ended, except in Activity.
  const hidden = (keptHere.get("hidden") || "").split(" ");
  $$(".rail .card[data-open]").filter((card) => hidden.includes(card.id)).forEach((card) => card.remove());

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

  // Over plain HTTP, browsers do not let pages copy: then the text is selected.
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

  // Focus goes to the wrong field, or after another error to the first empty one.
  const wrong = document.querySelector("main form:not(#compose) [aria-invalid=true]")
    || [...document.querySelectorAll("main form:has([role=alert]) input:not([type=hidden])")].find((input) => !input.value);
  wrong?.focus();

  // A page restored by Back may be outdated: load it again, or of the form its cards.
  addEventListener("pageshow", async ({ persisted }) => {
    if (!persisted) return;
    if (!document.getElementById("compose")) return location.reload();
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["cards", "running"]) {
      const renewed = page.getElementById(id);
      if (!renewed) continue; // a viewer was open, so the URL belongs to another page
      document.getElementById(id)?.replaceWith(renewed);
      htmx.process(renewed);
    }
    fresh();
    askIn(UNTOLD);
  });

  // A message of the page is announced, and Tab leads to its undo button.
  const message = document.querySelector("[data-toast]");
  if (message) setTimeout(() => announce(message.querySelector("p").textContent), 400);
  message?.querySelector("form button")?.focus({ preventScroll: true });
})();
