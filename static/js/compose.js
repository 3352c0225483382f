// The form: counters that agree with the server, the drawn shape, dice, one press for one ask.
(() => {
  const { $$, announce } = window.studio;
  const form = () => document.getElementById("compose");
  if (!form()) return;
  const field = (name) => form().elements.namedItem(name);
  const fill = (text, values) => text.replace(/%(\w+)%/g, (_, name) => values[name]);

  // One code point counts one; line ends are LF and the ends are trimmed, as on the server.
  const points = (text) => [...text.replace(/\r\n?/g, "\n").trim()];
  let speaking;
  function counted(area) {
    const box = document.getElementById(`${area.id}_count`);
    if (!box) return;
    const limit = Number(area.dataset.limit);
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
    area.value = points(area.value).slice(0, Number(area.dataset.limit)).join("").trimEnd();
    changed(area);
    area.focus();
  }
  const changed = (element) => element.dispatchEvent(new Event("input", { bubbles: true }));

  // The chosen shape, drawn true to scale; and what a video of this kind is expected to cost.
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
  const catalogue = () => JSON.parse(document.getElementById("catalogue").textContent);
  const chosenModel = () => catalogue().find((model) => model.value === field("model")?.value) || catalogue()[0];
  function priced() {
    const model = chosenModel();
    const out = form().querySelector("[data-price]");
    const price = model?.prices[field(model.size_field)?.value];
    out.textContent = price ? fill(out.dataset.price, { price }) : "";
  }
  function choose(model) {
    field("model").value = model;
    changed(field("model"));
  }
  // What the chosen model does not take stands there, disabled, with the reason.
  function fitted() {
    const model = chosenModel();
    if (!model) return;
    $$("[data-option]", form()).forEach((box) => {
      const reason = model.refuses[box.dataset.option];
      $$("input, textarea, button", box).forEach((input) => { input.disabled = Boolean(reason); });
      const says = box.querySelector("[data-reason]");
      says.hidden = !reason;
      says.textContent = reason || "";
    });
    for (const [selector, shown] of [["[data-needs-image]", model.needs_image], ["[data-needs-text]", !model.needs_image]]) {
      const box = form().querySelector(selector);
      box.hidden = !shown;
      $$("input, select", box).forEach((input) => { input.disabled = !shown; });
    }
    sized(model);
    field("prompt").dataset.limit = model.prompt_limit;
    field("negative_prompt").dataset.limit = model.negative_prompt_limit;
    $$("textarea", form()).forEach(counted);
    $$("[data-mode-choice]", form()).forEach((link) => {
      const mode = catalogue().find((one) => one.value === link.dataset.modeChoice).mode;
      if (mode === model.mode) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    });
    shaped();
    priced();
  }
  // The sizes of the chosen model; the chosen one stays, if the model has it.
  function sized(model) {
    const select = field(model.size_field);
    const before = select.value;
    const options = (sizes) => sizes.map(({ value, label }) => new Option(label, value));
    select.replaceChildren(...(model.needs_image
      ? model.groups.flatMap(({ label, sizes }) => sizes.map(({ value }) => new Option(label, value)))
      : model.groups.map(({ label, sizes }) => {
        const group = Object.assign(document.createElement("optgroup"), { label });
        group.append(...options(sizes));
        return group;
      })));
    select.value = model.sizes.includes(before) ? before : model.default_size;
  }

  document.addEventListener("input", (event) => {
    if (!form()?.contains(event.target)) return;
    if (event.target.matches("textarea")) counted(event.target);
    if (event.target.name === "model") fitted();
    if (event.target.matches("select")) { shaped(); priced(); }
  });
  document.addEventListener("click", (event) => {
    const mode = event.target.closest("[data-mode-choice]");
    if (mode) {
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
  const press = () => form().querySelector(".sends .button");
  const isOurs = ({ detail }) => (detail.requestConfig?.elt || detail.elt).matches?.("#compose");
  let quiet = 0;
  function hush() {
    press().setAttribute("aria-disabled", "true");
    clearTimeout(quiet);
    quiet = setTimeout(() => { quiet = 0; press().removeAttribute("aria-disabled"); }, QUIET);
  }
  document.addEventListener("htmx:confirm", (event) => {
    if (!isOurs(event) || !press().hasAttribute("aria-disabled")) return;
    event.preventDefault();
    if (quiet) hush();
  });
  document.addEventListener("htmx:beforeSend", (event) => {
    if (isOurs(event)) press().setAttribute("aria-disabled", "true");
  });
  document.addEventListener("htmx:afterRequest", (event) => { if (isOurs(event)) hush(); });
  document.addEventListener("keydown", (event) => {
    const held = event.key === "Enter" && event.repeat && form().contains(event.target);
    if (held && !event.target.matches("textarea")) event.preventDefault();
  });

  let current = form();
  document.addEventListener("htmx:afterSettle", () => {
    if (form() === current) return;
    current = form();
    ready();
    const wrong = form().querySelector("[aria-invalid=true]");
    if (wrong) wrong.focus(); else form().querySelector("[role=alert]")?.scrollIntoView({ block: "center" });
  });
  addEventListener("pageshow", () => ready());

  function ready() {
    fitted();
    $$("textarea", form()).forEach(counted);
    shaped();
    priced();
  }
  window.compose = { form, field, fill, changed, catalogue, chosenModel, choose, isOurs };
  ready();
  if (form().dataset.filled !== "yes") return;
  form().querySelector("[aria-invalid=true]")?.focus();
})();
