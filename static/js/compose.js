// The form: counters like the server's, the shape of the size, the price, random seed, and the model.
(() => {
  const { $$, announce, isPlain } = window.studio;
  const form = () => document.getElementById("compose");
  if (!form()) return;
  const field = (name) => form().elements.namedItem(name);
  const fill = (text, values) => text.replace(/%(\w+)%/g, (_, name) => values[name]);

  // Counts as the server does: code points, LF, both ends trimmed; nothing visible is empty.
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
  // What a draft or a file says of a field; nothing of another kind, or that a menu does not offer.
  function put(name, value, opens = true) {
    const input = field(name);
    const isFlag = typeof value === "boolean";
    if (!input || value === undefined || Object(value) === value || isFlag !== (input.type === "checkbox")) return;
    if (input.tagName === "SELECT" && ![...input.options].some((option) => option.value === value)) return;
    if (isFlag) input.checked = value; else input.value = value ?? "";
    if (opens && !isFlag && input.value) input.closest("details")?.setAttribute("open", "");
    changed(input);
  }

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
  // The number of videos, and their total price: `$0.30` from `$0.10`.
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

  // The menu of models shows those of one mode.
  const models = () => $$("#models option", form()).map(({ value, dataset }) => ({ value, ...dataset }));
  const chosenModel = () => models().find((model) => model.value === field("model").value);
  function choose(model) {
    const menu = field("model");
    menu.value = model;
    if (menu.value !== model) {
      menu.add(new Option("…", model));
      menu.value = model;
    }
    changed(menu);
  }
  // The server sends the fields of another model after the draft of its mode was filled in.
  // Text fields stay as they are (hx-preserve); open sections stay open.
  // An answer that comes between the choice and its question would take the choice back.
  let timer = 0;
  const redraw = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = 0;
      const values = Object.fromEntries(["model", "size", "resolution"].map((name) => [name, field(name).value]));
      htmx.ajax("GET", document.getElementById("fields").dataset.url, { source: "#fields", values }).catch(() => {});
    });
  };
  let opened = [];
  let focused = null;
  const isFields = ({ detail }) => detail.target?.getAttribute("id") === "fields";
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isFields(event)) return;
    if (timer) event.detail.shouldSwap = false;
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
  const isOurs = ({ detail }) => (detail.requestConfig?.elt || detail.elt).matches?.("#compose");

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
  window.compose = { form, field, fill, put, changed, priced, models, chosenModel, choose, isOurs, isFields };
  ready();
  const wrong = form().dataset.filled === "yes" && form().querySelector("[aria-invalid=true]");
  const hasKeyboard = matchMedia("(hover: hover) and (pointer: fine)").matches;
  if (wrong) wrong.focus();
  else if (hasKeyboard && !location.hash && document.activeElement === document.body) field("prompt").focus({ preventScroll: true });
})();
