// Drops on the form, and pastes: a picture, the URL of one, or a video that was downloaded
// here and contains its settings.
(() => {
  if (!window.compose) return;
  const { toast } = window.studio;
  const { form, field, put, models, chosenModel, choose } = window.compose;
  const { IMAGE, picked, toImages } = window.picture;
  const box = () => form().querySelector("[data-drop]");

  // The comment of an MP4: the settings as JSON; null without one.
  async function settingsIn(file) {
    const bytes = new Uint8Array(await file.slice(0, 4e6).arrayBuffer());
    const text = new TextDecoder("latin1").decode(bytes);
    const at = text.indexOf("\u00a9cmt");
    if (at < 0) return null;
    const length = new DataView(bytes.buffer).getUint32(at + 4) - 16;
    if (!(length > 0 && length < 65536)) return null;
    try { return JSON.parse(new TextDecoder().decode(bytes.slice(at + 20, at + 20 + length))); } catch { return null; }
  }
  // The same model if it is available, else one with this size: a tier means image-to-video.
  function modelOf({ model, size }) {
    const all = models().filter((one) => one.sizes.split(" ").includes(size));
    const same = all.filter((one) => one.value.endsWith(`/${model}`));
    return [...same, ...all].find((one) => one.value === field("model").value) || same[0] || all[0];
  }
  async function fillFrom(file) {
    const settings = await settingsIn(file);
    if (!settings || typeof settings !== "object") return toast(form().dataset.noSettings);
    const model = modelOf(settings);
    if (model) choose(model.value);
    put(chosenModel()?.mode === IMAGE ? "resolution" : "size", settings.size);
    for (const name of ["prompt", "negative_prompt", "seed", "prompt_extend", "watermark"]) put(name, settings[name] ?? "");
    toast(model?.mode === IMAGE ? form().dataset.settingsPicture : form().dataset.settings);
  }

  // A picture dragged from another page has a URL; if the picture is a link, it is the link's.
  // A field handles text that is dropped on it itself.
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
    box().classList.add("over");
  });
  document.addEventListener("dragleave", () => box().classList.remove("over"));
  document.addEventListener("drop", (event) => {
    box().classList.remove("over");
    if (!isTaken(event)) return;
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    const address = file ? "" : addressOf(event.dataTransfer);
    if (address) return linked(address);
    if (!file) return toast(form().dataset.noAddress);
    if (file.type === "video/mp4") fillFrom(file); else picked(file);
  });
  document.addEventListener("paste", (event) => {
    // Word and Excel add a picture of copied text: use the text.
    const file = [...(event.clipboardData?.files || [])].find((one) => one.type.startsWith("image/"));
    if (!file || event.clipboardData.getData("text/plain")) return;
    event.preventDefault();
    picked(file);
  });
})();
