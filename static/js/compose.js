// The form: counters that agree with the server, the drawn shape, dice, one press for one ask.
(() => {
  const { $$, announce, isPlain } = window.studio;
  const form = () => document.getElementById("compose");
  if (!form()) return;
  const field = (name) => form().elements.namedItem(name);
  const fill = (text, values) => text.replace(/%(\w+)%/g, (_, name) => values[name]);

  // One code point counts one; line ends are LF and the ends are trimmed, as on the server.
  // What nobody can see is no text.
  const INVISIBLE = /^[\s\p{Cc}\p{Default_Ignorable_Code_Point}\u061C\u2800]*$/u;
  const points = (text) => (INVISIBLE.test(text) ? [] : [...text.replace(/\r\n?/g, "\n").trim()]);
  let speaking;
  function counted(area) {
    const box = document.getElementById(`${area.id}_count`);
    if (!box) return;
    box.hidden = area.name === "prompt" && field("several").checked;
    if (box.hidden) return;
    const limit = Number(box.dataset.limit);
    const text = points(area.value);
    const over = text.length - limit;
    const line = box.querySelector(".counter");
    line.textContent = over > 0 ? fill(box.dataset[over === 1 ? "overOne" : "over"], { n: text.length, limit, over })
      : `${text.length} / ${limit}`;
    line.classList.toggle("over", over > 0);
    const tail = box.querySelector("[data-tail]");
    tail.hidden = over <= 0;
    tail.querySelector("del").textContent = text.slice(limit).join("");
    clearTimeout(speaking);
    if (over > 0) speaking = setTimeout(() => announce(line.textContent), 1500);
  }
  function trim(area) {
    area.value = points(area.value).slice(0, Number(document.getElementById(`${area.id}_count`).dataset.limit)).join("").trimEnd();
    changed(area);
    area.focus();
  }
  const changed = (element) => element.dispatchEvent(new Event("input", { bubbles: true }));

  // The chosen shape, drawn to scale, and the expected price of a video of this size.
  function shaped() {
    const select = field("size");
    const rect = form().querySelector("[data-shape] rect");
    if (!select || !rect) return;
    const [w, h] = select.value.split("x").map(Number);
    if (!w || !h) return;
    const scale = 56 / Math.max(w, h);
    const [width, height] = [w * scale, h * scale];
    Object.entries({ x: 32 - width / 2, y: 32 - height / 2, width, height }).forEach(([k, v]) => rect.setAttribute(k, v));
  }
  // How many videos a press asks for, and what they cost together: `$0.30` from `$0.10`.
  const videos = () => Number(field("takes").value) * Number(document.getElementById("prompt-list").dataset.count || 1);
  function times(price, count) {
    const sum = Math.round(Number(price.slice(1)) * count * 1e4) / 1e4;
    return `$${sum.toFixed(Math.max(2, `${sum}`.split(".")[1]?.length || 0))}`;
  }
  function priced() {
    const out = form().querySelector("button [data-price]");
    const select = form().querySelector("#id_size:enabled, #id_resolution:enabled");
    const each = select?.selectedOptions[0]?.dataset.price;
    const count = videos();
    const price = each && times(each, count);
    out.textContent = price ? fill(out.dataset.price, { price }) : "";
    form().querySelector("[data-times]").textContent = count > 1 ? `× ${count}` : "";
    const left = parseFloat(document.getElementById("allowance").dataset.left); // NaN without a budget
    document.getElementById("over").hidden = !(price && Number(price.slice(1)) > left);
  }

  // The models on offer: as the links of their modes, as options, or the only one.
  const models = () => $$("[data-mode-choice], #id_model option, input#id_model", form())
    .map((element) => ({ value: element.dataset.modeChoice || element.value, ...element.dataset }));
  const chosenModel = () => models().find((model) => model.value === field("model").value);
  function choose(model) {
    field("model").value = model;
    changed(field("model"));
  }
  // The fields of another model come from the server, once the draft of its mode has been put in.
  // Fields in which people type stay as they are (hx-preserve); what was opened stays open.
  let timer;
  const redraw = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const values = Object.fromEntries(["model", "size", "resolution"].map((name) => [name, field(name).value]));
      htmx.ajax("GET", document.getElementById("fields").dataset.url, { source: "#fields", values });
    });
  };
  let opened = [];
  let focused = null;
  const isFields = ({ detail }) => detail.target?.getAttribute("id") === "fields";
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isFields(event)) return;
    opened = $$("details[open]", form()).map((details) => details.id);
    focused = event.detail.target.contains(document.activeElement) ? document.activeElement : null;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!isFields(event)) return;
    opened.forEach((id) => { document.getElementById(id).open = true; });
    $$("#fields [aria-invalid]").forEach((input) => input.removeAttribute("aria-invalid"));
    if (focused?.isConnected) focused.focus({ preventScroll: true });
    ready();
  });

  document.addEventListener("input", (event) => {
    if (!form()?.contains(event.target)) return;
    if (event.target.matches("textarea")) counted(event.target);
    if (event.target.name === "model") redraw();
    if (event.target.name === "several") counted(field("prompt"));
    if (event.target.matches("select")) { shaped(); priced(); }
  });
  document.addEventListener("click", (event) => {
    const mode = event.target.closest("[data-mode-choice]");
    if (mode && isPlain(event)) {
      event.preventDefault();
      choose(mode.dataset.modeChoice);
    }
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches("[data-trim]")) trim(document.getElementById(button.dataset.trim));
    if (button.matches("[data-dice]")) {
      field("seed").value = crypto.getRandomValues(new Uint32Array(1))[0] >>> 1;
      changed(field("seed"));
      announce(field("seed").value);
    }
    if (button.matches("[data-example]")) {
      field("prompt").value = button.dataset.example;
      changed(field("prompt"));
      field("prompt").focus();
    }
  });
  // One press, one ask: while it is sent and for a moment after its answer, when the form holds a
  // fresh id already, the second half of a double click or a key held down asks for nothing.
  const QUIET = 1000; // milliseconds, from the last of such presses
  const press = () => form().querySelector(".sends .main");
  const isOurs = ({ detail }) => (detail.requestConfig?.elt || detail.elt).matches?.("#compose");
  const rest = (on) => $$(".sends button", form()).forEach((button) => (
    on ? button.setAttribute("aria-disabled", "true") : button.removeAttribute("aria-disabled")));
  let quiet = 0;
  let held = null;
  function hush() {
    rest(true);
    clearTimeout(quiet);
    quiet = setTimeout(() => { quiet = 0; rest(false); }, QUIET);
  }
  document.addEventListener("htmx:confirm", (event) => {
    if (!isOurs(event)) return;
    if (press().hasAttribute("aria-disabled")) {
      event.preventDefault();
      if (quiet) hush();
    } else if (document.getElementById("fields").matches(".htmx-request")) {
      // The fields of another model are on their way: what is sent is what they show then.
      event.preventDefault();
      held = event.detail;
    }
  });
  document.addEventListener("htmx:beforeSend", (event) => {
    if (!isOurs(event)) return;
    rest(true);
    press().setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (isOurs(event)) answered(event.detail.xhr);
    if (!held || !isFields(event)) return;
    held.issueRequest(true);
    held = null;
  });
  function answered(answer) {
    press().removeAttribute("aria-busy");
    hush();
    if (document.activeElement === document.body) press().focus({ preventScroll: true });
    const accepted = answer.getResponseHeader("X-Accepted");
    if (!accepted) return;
    document.getElementById(`card-${accepted}`)?.scrollIntoView({ block: "nearest" });
    window.studio.offerNotification();
  }
  // Ctrl+Enter sends from any field; Enter in a line of text sends nothing that costs money.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !form().contains(event.target)) return;
    const isField = event.target.matches("input, select");
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      if (!event.repeat) form().requestSubmit(press());
    } else if (isField || (event.repeat && event.target.matches("button"))) event.preventDefault();
  });
  if (/mac|iphone|ipad/i.test(navigator.userAgentData?.platform || navigator.platform)) {
    $$("[data-control]").forEach((key) => { key.textContent = "⌘"; });
  }

  let current = form();
  document.addEventListener("htmx:afterSettle", () => {
    if (form() === current) return;
    current = form();
    ready();
    const wrong = form().querySelector("[aria-invalid=true]");
    const alert = form().querySelector("[role=alert]");
    if (wrong) wrong.focus(); else alert?.scrollIntoView({ block: alert.closest(".sends") ? "nearest" : "center" });
  });
  addEventListener("pageshow", () => ready());
  document.addEventListener("htmx:oobAfterSwap", ({ detail }) => { if (detail.target.id === "allowance") priced(); });

  function ready() {
    $$("textarea", form()).forEach(counted);
    shaped();
    priced();
  }
  window.compose = { form, field, fill, changed, priced, models, chosenModel, choose, isOurs };
  ready();
  const wrong = form().dataset.filled === "yes" && form().querySelector("[aria-invalid=true]");
  const hasKeyboard = matchMedia("(hover: hover) and (pointer: fine)").matches;
  if (wrong) wrong.focus();
  else if (hasKeyboard && !location.hash && document.activeElement === document.body) field("prompt").focus({ preventScroll: true });
})();
