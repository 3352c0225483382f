// Drafts: the browser keeps what was typed and chosen until it is accepted, for each mode.
// Edits of a form with initial values are kept for this tab and URL only.
(() => {
  if (!window.compose) return;
  const { form, field, put, models, chosenModel, choose, isOurs } = window.compose;
  const KEEPS = ["model", "prompt", "negative_prompt", "seed", "size", "resolution", "image_url", "prompt_extend", "watermark", "takes", "several"];
  const TEXTS = ["prompt", "negative_prompt", "image_url"];
  const address = form().dataset.filled === "yes" ? location.search : "";
  const box = address ? window.keptHere : window.kept;
  const mode = () => chosenModel()?.mode || "";
  const key = () => `draft:${address || mode()}`;
  const isImages = () => mode() === window.picture.IMAGE;
  const picture = () => (isImages() && field("image").files[0]) || null;

  function keep() {
    const inputs = KEEPS.map((name) => [name, field(name)]).filter(([, input]) => input);
    const draft = Object.fromEntries(inputs.map(([name, input]) => [name, input.type === "checkbox" ? input.checked : input.value]));
    if (address || picture() || TEXTS.some((name) => draft[name]?.trim())) box.set(key(), JSON.stringify(draft));
    else box.remove(key());
    keepPicture();
  }
  let stored = null; // the stored picture
  function keepPicture() {
    const file = picture();
    // After an error, the server has it, and the form has its token.
    if (!isImages() || file === stored || (!file && field("kept_image").value)) return;
    stored = file;
    if (file) keptPicture.set(key(), file); else keptPicture.remove();
  }
  async function restorePicture() {
    if (!isImages() || picture()) return;
    const file = await keptPicture.get(key());
    if (!file || !isImages() || picture()) return;
    stored = file;
    window.picture.set(file);
  }
  function restore() {
    const draft = box.read(key());
    if (!draft) return false;
    const { model, ...others } = draft;
    const isAsked = new URLSearchParams(location.search).has("model"); // the URL chooses another one
    if (!isAsked && model !== field("model").value && models().some(({ value }) => value === model)) choose(model);
    KEEPS.forEach((name) => put(name, others[name], TEXTS.includes(name)));
    return true;
  }

  // To another mode: restore its draft; without one, keep the current text.
  let current = mode();
  function switched() {
    const before = `draft:${current}`;
    if (current === mode()) return keep();
    current = mode();
    if (address) return keep();
    const isRestored = restore();
    restorePicture();
    if (isRestored || !box.get(before)) return;
    box.remove(before);
    keep();
  }
  document.addEventListener("input", ({ target }) => {
    if (!form().contains(target)) return;
    if (target.name !== "model") return keep();
    const isOther = current !== mode();
    switched();
    // A reload, and the page in another language, start with the same model.
    const isNamed = new URLSearchParams(location.search).has("model");
    if (!address && (isOther || isNamed)) history.replaceState(history.state, "", `?model=${encodeURIComponent(field("model").value)}`);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!isOurs(event) || !event.detail.successful || !event.detail.xhr.getResponseHeader("X-Accepted")) return;
    box.remove(key());
    if (!isImages()) return;
    stored = null;
    keptPicture.remove();
  });

  const came = performance.getEntriesByType("navigation")[0]?.type;
  const cameBack = came === "reload" || came === "back_forward" || document.referrer === location.href;
  if (address ? cameBack : form().dataset.filled !== "yes") {
    // What was typed before this script ran is newer than the draft.
    const typed = TEXTS.map(field).filter((input) => input && input.value !== input.defaultValue).map(({ name, value }) => [name, value]);
    if (address || !field("prompt").defaultValue) restore();
    typed.forEach(([name, value]) => put(name, value));
    restorePicture();
  }
})();
