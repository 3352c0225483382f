// Pictures to begin with: chosen, dropped or pasted, looked at here first and again by the server.
// And videos from here, which carry their story: dropped on the form, they fill it.
(() => {
  if (!window.compose) return;
  const { toast } = window.studio;
  const { form, field, fill, changed, models, chosenModel, choose, isOurs } = window.compose;
  const IMAGE = "image-to-video";
  const drop = () => form().querySelector("[data-drop]");

  // Into the mode for pictures; false if no provider has it.
  function toImages() {
    if (chosenModel()?.mode === IMAGE) return true;
    const other = models().find((model) => model.mode === IMAGE);
    if (other) choose(other.value); else toast(form().dataset.noPictures);
    return Boolean(other);
  }
  function picked(file) {
    if (!toImages()) return;
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
    offer(null);
    says.textContent = !isTaken ? format : file.size > Number(maxBytes) ? tooLarge : "";
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(file);
    image.hidden = false;
    image.onload = () => {
      const { naturalWidth: w, naturalHeight: h } = image;
      if (Math.min(w, h) < 360 || Math.max(w, h) > 2000) says.textContent = fill(badSides, { w, h });
      else if (!says.textContent && hasHoles(image)) says.textContent = transparent;
      if (says.textContent) offer(image);
    };
    image.onerror = () => { image.hidden = true; says.textContent ||= notRead; };
  }
  function drawn(image, width, height) {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").drawImage(image, 0, 0, width, height);
    return canvas;
  }
  function hasHoles(image, width = image.naturalWidth, height = image.naturalHeight) {
    const { data } = drawn(image, width, height).getContext("2d").getImageData(0, 0, width, height);
    return data.some((value, at) => at % 4 === 3 && value < 255);
  }

  // A picture that is too large can be made smaller here, and is seen before it is sent.
  const [LEAST, MOST] = [360, 2000];
  function offer(image) {
    const button = drop().querySelector("[data-shrink]");
    if (!image) drop().querySelector("[data-picture-note]").textContent = "";
    const scale = image ? Math.min(1, MOST / Math.max(image.naturalWidth, image.naturalHeight)) : 0;
    const [w, h] = image ? [image.naturalWidth, image.naturalHeight].map((side) => Math.round(side * scale)) : [0, 0];
    button.hidden = Math.min(w, h) < LEAST || hasHoles(image, w, h);
    button.textContent = fill(button.dataset.shrink, { w, h });
    button.onclick = () => shrink(image, w, h);
  }
  function shrink(image, w, h) {
    const [from_w, from_h] = [image.naturalWidth, image.naturalHeight];
    drawn(image, w, h).toBlob((blob) => {
      const name = `${field("image").files[0].name.replace(/\.[^.]*$/, "")}.jpg`;
      picked(new File([blob], name, { type: "image/jpeg" }));
      const note = drop().querySelector("[data-picture-note]");
      note.textContent = fill(note.dataset.done, { w, h, from_w, from_h });
      field("image").focus();
    }, "image/jpeg", 0.95);
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
  // What is dragged out of another page comes with its address, which is not that of its picture
  // where the picture is a link. A field takes the text that is dropped on it itself.
  const takesText = ({ target }) => target.closest?.("textarea, input:not([type=file]), [contenteditable]");
  const isTaken = (event) => {
    const { types } = event.dataTransfer;
    return types.includes("Files") || (!takesText(event) && types.some((type) => ["text/html", "text/uri-list"].includes(type)));
  };
  function addressOf(data) {
    const page = new DOMParser().parseFromString(data.getData("text/html"), "text/html");
    const [line] = data.getData("text/uri-list").split(/[\r\n]+/).filter((one) => one && !one.startsWith("#"));
    const address = page.querySelector("img[src]")?.getAttribute("src") || line || "";
    return /^https?:\/\//i.test(address) ? address : "";
  }
  function linked(address) {
    if (!toImages()) return;
    field("image").value = "";
    put("image_url", address);
    toast(form().dataset.address);
  }
  document.addEventListener("dragover", (event) => {
    if (!isTaken(event)) return;
    event.preventDefault();
    drop().classList.add("over");
  });
  document.addEventListener("dragleave", () => drop().classList.remove("over"));
  document.addEventListener("drop", (event) => {
    drop().classList.remove("over");
    if (!isTaken(event)) return;
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    const address = file ? "" : addressOf(event.dataTransfer);
    if (address) return linked(address);
    if (!file) return toast(form().dataset.noAddress);
    if (file.type === "video/mp4") retell(file); else picked(file);
  });
  document.addEventListener("paste", (event) => {
    // Word and Excel put a picture of the text beside it: the text is meant.
    const file = [...(event.clipboardData?.files || [])].find((one) => one.type.startsWith("image/"));
    if (!file || event.clipboardData.getData("text/plain")) return;
    event.preventDefault();
    picked(file);
  });
})();
