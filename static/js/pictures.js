// Pictures to begin with: chosen, dropped or pasted, looked at here first and again by the server.
// And videos from here, which carry their story: dropped on the form, they fill it.
(() => {
  if (!window.compose) return;
  const { toast } = window.studio;
  const { form, field, fill, changed, models, chosenModel, choose, isOurs } = window.compose;
  const IMAGE = "image-to-video";
  const drop = () => form().querySelector("[data-drop]");

  function picked(file) {
    if (chosenModel()?.mode !== IMAGE) {
      const other = models().find((model) => model.mode === IMAGE);
      if (!other) return toast(form().dataset.noPictures);
      choose(other.value);
    }
    const holder = new DataTransfer();
    holder.items.add(file);
    field("image").files = holder.files;
    preview();
  }
  // What the server would refuse is said before it is sent; the server looks again.
  function preview() {
    const file = field("image").files[0];
    if (!file) return;
    const image = drop().querySelector("img");
    const says = drop().querySelector("[data-picture-error]");
    const { tooLarge, format, badSides, transparent, notRead, maxBytes } = drop().dataset;
    const isTaken = field("image").accept.split(",").includes(file.type);
    says.textContent = !isTaken ? format : file.size > Number(maxBytes) ? tooLarge : "";
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(file);
    image.hidden = false;
    image.onload = () => {
      const { naturalWidth: w, naturalHeight: h } = image;
      if (Math.min(w, h) < 360 || Math.max(w, h) > 2000) says.textContent = fill(badSides, { w, h });
      else if (!says.textContent && hasHoles(image)) says.textContent = transparent;
    };
    image.onerror = () => { image.hidden = true; says.textContent ||= notRead; };
  }
  function hasHoles(image) {
    const canvas = Object.assign(document.createElement("canvas"), { width: image.naturalWidth, height: image.naturalHeight });
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height).data.some((value, at) => at % 4 === 3 && value < 255);
  }

  // What the server would not read is not sent to it.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const input = field("image");
    if (!isOurs(event) || input.disabled || !(input.files[0]?.size > Number(drop().dataset.maxBytes))) return;
    event.preventDefault();
    input.focus();
  });

  async function story(file) {
    const bytes = new Uint8Array(await file.slice(0, 4e6).arrayBuffer());
    const text = new TextDecoder("latin1").decode(bytes);
    const at = text.indexOf("\u00a9cmt");
    if (at < 0) return null;
    const length = new DataView(bytes.buffer).getUint32(at + 4) - 16;
    if (!(length > 0 && length < 65536)) return null;
    try { return JSON.parse(new TextDecoder().decode(bytes.slice(at + 20, at + 20 + length))); } catch { return null; }
  }
  // The same model where it is offered, else any that takes such a size: a tier means a picture.
  function modelOf({ model, size }) {
    const all = models().filter((one) => one.sizes.split(" ").includes(size));
    const same = all.filter((one) => one.value.endsWith(`/${model}`));
    return [...same, ...all].find((one) => one.value === field("model").value) || same[0] || all[0];
  }
  function put(name, value) {
    const input = field(name);
    if (typeof value === "object" && value) return;
    if (input.type === "checkbox") { if (typeof value === "boolean") input.checked = value; return; }
    const text = String(value ?? "");
    if (input.tagName === "SELECT" && ![...input.options].some((option) => option.value === text)) return;
    input.value = text;
    if (text) input.closest("details")?.setAttribute("open", "");
    changed(input);
  }
  async function retell(file) {
    const told = await story(file);
    if (!told || typeof told !== "object") return toast(form().dataset.noStory);
    const model = modelOf(told);
    if (model) choose(model.value);
    put(chosenModel()?.mode === IMAGE ? "resolution" : "size", told.size);
    for (const name of ["prompt", "negative_prompt", "seed", "prompt_extend", "watermark"]) put(name, told[name]);
    toast(model?.mode === IMAGE ? form().dataset.storyPicture : form().dataset.story);
  }

  document.addEventListener("input", ({ target }) => { if (target.name === "image" && form().contains(target)) preview(); });
  document.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.items].some((item) => item.kind === "file")) return;
    event.preventDefault();
    drop().classList.add("over");
  });
  document.addEventListener("dragleave", () => drop().classList.remove("over"));
  document.addEventListener("drop", (event) => {
    drop().classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (!file) return;
    event.preventDefault();
    if (file.type === "video/mp4") retell(file); else picked(file);
  });
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files || [])].find((one) => one.type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    picked(file);
  });
})();
