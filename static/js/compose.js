// The form: counters that agree with the server, the drawn shape, dice, pictures, drafts.
(() => {
  const { $$, announce, store, toast } = window.studio;
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

  // Drafts: nothing typed is lost, until it was accepted.
  const DRAFT = "draft:";
  const KEEPS = ["prompt", "negative_prompt", "seed", "size", "resolution"];
  const draftKey = () => DRAFT + (chosenModel()?.mode || "text-to-video");
  function keep() {
    const text = Object.fromEntries(KEEPS.map((name) => [name, field(name)?.value || ""]));
    if (text.prompt.trim() || text.negative_prompt.trim()) store.set(draftKey(), JSON.stringify(text));
    else store.remove(draftKey());
  }
  function restore() {
    const kept = JSON.parse(store.get(draftKey()) || "null");
    if (!kept || form().dataset.filled === "yes" || field("prompt").value) return;
    KEEPS.forEach((name) => { const input = field(name); if (input && kept[name]) { input.value = kept[name]; changed(input); } });
    if (kept.negative_prompt) field("negative_prompt").closest("details")?.setAttribute("open", "");
  }

  // Pictures: chosen, dropped or pasted; looked at here first, and again by the server.
  function picked(file) {
    const drop = form().querySelector("[data-drop]");
    const input = field("image");
    if (!drop || !input || input.disabled || !file) return false;
    const holder = new DataTransfer();
    holder.items.add(file);
    input.files = holder.files;
    preview();
    return true;
  }
  function preview() {
    const drop = form().querySelector("[data-drop]");
    const file = field("image")?.files[0];
    if (!drop || !file) return;
    const image = drop.querySelector("img");
    const says = drop.querySelector("[data-picture-error]");
    says.textContent = "";
    if (file.size > Number(drop.dataset.maxBytes)) says.textContent = drop.dataset.tooLarge;
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(file);
    image.hidden = false;
    image.onload = () => {
      const { naturalWidth: w, naturalHeight: h } = image;
      if (Math.min(w, h) < 360 || Math.max(w, h) > 2000) says.textContent = fill(drop.dataset.badSides, { w, h });
    };
    image.onerror = () => { image.hidden = true; says.textContent ||= drop.dataset.notRead; };
  }

  // What the server would not read is not sent to it.
  const tooLarge = () => {
    const input = field("image");
    const limit = Number(form().querySelector("[data-drop]")?.dataset.maxBytes);
    return input && !input.disabled && input.files[0]?.size > limit;
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt !== form() || !tooLarge()) return;
    event.preventDefault();
    field("image").focus();
  });

  // A video from here carries its story: dropped on the form, it fills it.
  async function story(file) {
    const bytes = new Uint8Array(await file.slice(0, 4e6).arrayBuffer());
    const text = new TextDecoder("latin1").decode(bytes);
    const at = text.indexOf("\u00a9cmt");
    if (at < 0) return null;
    const length = new DataView(bytes.buffer).getUint32(at + 4) - 16;
    if (!(length > 0 && length < 65536)) return null;
    try { return JSON.parse(new TextDecoder().decode(bytes.slice(at + 20, at + 20 + length))); } catch { return null; }
  }
  async function retell(file) {
    const told = await story(file);
    if (!told || typeof told !== "object") return toast(form().dataset.noStory);
    for (const name of ["prompt", "negative_prompt", "seed", "size"]) {
      const input = field(name);
      const value = told[name];
      if (!input || value === undefined || value === null || typeof value === "object") continue;
      if (input.tagName === "SELECT" && ![...input.options].some((option) => option.value === String(value))) continue;
      input.value = String(value);
      changed(input);
    }
    for (const name of ["prompt_extend", "watermark"]) if (typeof told[name] === "boolean" && field(name)) field(name).checked = told[name];
    if (told.negative_prompt) field("negative_prompt").closest("details")?.setAttribute("open", "");
    announce(form().dataset.story);
    toast(form().dataset.story);
  }
  function dropped(file) {
    if (!file) return;
    if (file.type === "video/mp4") retell(file); else picked(file);
  }

  document.addEventListener("input", (event) => {
    if (!form()?.contains(event.target)) return;
    if (event.target.matches("textarea")) counted(event.target);
    if (event.target.name === "model") { fitted(); restore(); }
    if (event.target.matches("select")) { shaped(); priced(); }
    if (event.target.name === "image") preview();
    keep();
  });
  document.addEventListener("click", (event) => {
    const mode = event.target.closest("[data-mode-choice]");
    if (mode) {
      event.preventDefault();
      field("model").value = mode.dataset.modeChoice;
      changed(field("model"));
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
  document.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.items].some((item) => item.kind === "file")) return;
    event.preventDefault();
    form().querySelector("[data-drop]")?.classList.add("over");
  });
  document.addEventListener("dragleave", () => form().querySelector("[data-drop]")?.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    form().querySelector("[data-drop]")?.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    dropped(event.dataTransfer.files[0]);
  });
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files || [])].find((one) => one.type.startsWith("image/"));
    if (file && picked(file)) event.preventDefault();
  });

  // One press, one ask: while it is sent and for a moment after its answer, when the form holds a
  // fresh id already, the second half of a double click or a key held down asks for nothing.
  const QUIET = 1000; // milliseconds, from the last of such presses
  const button = () => form().querySelector(".sends .button");
  const isOurs = ({ detail }) => (detail.requestConfig?.elt || detail.elt).matches?.("#compose");
  let quiet = 0;
  function hush() {
    button().setAttribute("aria-disabled", "true");
    clearTimeout(quiet);
    quiet = setTimeout(() => { quiet = 0; button().removeAttribute("aria-disabled"); }, QUIET);
  }
  document.addEventListener("htmx:confirm", (event) => {
    if (!isOurs(event) || !button().hasAttribute("aria-disabled")) return;
    event.preventDefault();
    if (quiet) hush();
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isOurs(event)) button().setAttribute("aria-disabled", "true");
  });
  document.addEventListener("htmx:afterRequest", (event) => { if (isOurs(event)) hush(); });
  document.addEventListener("keydown", (event) => {
    const held = event.key === "Enter" && event.repeat && form().contains(event.target);
    if (held && !event.target.matches("textarea")) event.preventDefault();
  });

  // Accepted: the text stays, the draft is not needed any more. Refused: to the field that is wrong.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (isOurs(event) && event.detail.successful && event.detail.xhr.getResponseHeader("X-Accepted")) store.remove(draftKey());
  });
  let current = form();
  document.addEventListener("htmx:afterSettle", () => {
    if (form() === current) return;
    current = form();
    ready();
    form().querySelector("[aria-invalid=true]")?.focus();
  });
  addEventListener("pageshow", () => ready());

  function ready() {
    fitted();
    $$("textarea", form()).forEach(counted);
    shaped();
    priced();
    restore();
  }
  ready();
  if (form().dataset.filled !== "yes") return;
  form().querySelector("[aria-invalid=true]")?.focus();
})();
