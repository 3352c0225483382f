// The start picture: checked here first, and again by the server.
(() => {
  if (!window.compose) return;
  const { toast } = window.studio;
  const { form, field, fill, changed, models, chosenModel, choose, isOurs } = window.compose;
  const IMAGE = "image-to-video";
  const [LEAST, MOST] = [360, 2000]; // pixels per side
  const box = () => form().querySelector("[data-drop]");
  const find = (selector) => box().querySelector(selector);

  // Switch to image-to-video; false if no provider has it.
  function toImages() {
    if (chosenModel()?.mode === IMAGE) return true;
    const other = models().find((model) => model.mode === IMAGE);
    if (other) choose(other.value); else toast(form().dataset.noPictures);
    return Boolean(other);
  }
  function set(file) {
    const holder = new DataTransfer();
    if (file) holder.items.add(file);
    field("image").files = holder.files;
    changed(field("image"));
  }
  const picked = (file) => { if (toImages()) set(file); };

  // Report what the server would refuse before it is sent.
  function preview() {
    const [file] = field("image").files;
    if (!file) return;
    const image = find("img");
    const says = find("[data-picture-error]");
    const { tooLarge, format, badSides, transparent, notRead, maxBytes } = box().dataset;
    const isTaken = field("image").accept.split(",").includes(file.type);
    offer(null);
    says.textContent = !isTaken ? format : file.size > Number(maxBytes) ? tooLarge : "";
    box().classList.add("filled");
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(file);
    image.hidden = false;
    image.onload = () => {
      const { naturalWidth: w, naturalHeight: h } = image;
      if (Math.min(w, h) < LEAST || Math.max(w, h) > MOST) says.textContent = fill(badSides, { w, h });
      else if (!says.textContent && hasHoles(image)) says.textContent = transparent;
      if (says.textContent) offer(image);
    };
    image.onerror = () => { image.hidden = true; says.textContent ||= notRead; };
  }
  function remove() {
    const image = find("img");
    image.onload = image.onerror = null;
    image.hidden = true;
    image.removeAttribute("src");
    find("[data-picture-error]").textContent = "";
    offer(null);
    box().classList.remove("filled");
    field("kept_image").value = "";
    set(null);
    field("image").focus();
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

  // A picture that is too large can be made smaller here; the result is shown before it is sent.
  function offer(image) {
    const button = find("[data-shrink]");
    if (!image) find("[data-picture-note]").textContent = "";
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
      set(new File([blob], name, { type: "image/jpeg" }));
      const note = find("[data-picture-note]");
      note.textContent = fill(note.dataset.done, { w, h, from_w, from_h });
      field("image").focus();
    }, "image/jpeg", 0.95);
  }

  // Do not send a file that the server would not accept.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const input = field("image");
    if (!isOurs(event) || input.disabled || !(input.files[0]?.size > Number(box().dataset.maxBytes))) return;
    event.preventDefault();
    input.focus();
  });
  document.addEventListener("input", ({ target }) => { if (target.name === "image" && form().contains(target)) preview(); });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[name=remove_picture]")) return;
    event.preventDefault();
    remove();
  });
  addEventListener("pageshow", preview); // the browser may restore it
  window.picture = { IMAGE, picked, set, toImages };
})();
