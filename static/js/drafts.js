// Drafts: what was typed is kept in the browser until it is accepted; each mode has its own.
// A form that came filled keeps its edits for this tab and address alone.
(() => {
  if (!window.compose) return;
  const { isPlain } = window.studio;
  const { form, field, changed, models, chosenModel, isOurs } = window.compose;
  const KEEPS = ["model", "prompt", "negative_prompt", "seed", "size", "resolution", "image_url", "prompt_extend", "watermark", "takes", "several"];
  const TEXTS = ["prompt", "negative_prompt", "image_url"];
  const address = form().dataset.filled === "yes" ? location.search : "";
  const box = address ? window.keptHere : window.kept;
  const mode = () => chosenModel()?.mode || "";
  const key = () => `draft:${address || mode()}`;

  function keep() {
    const inputs = KEEPS.map((name) => [name, field(name)]).filter(([, input]) => input);
    const draft = Object.fromEntries(inputs.map(([name, input]) => [name, input.type === "checkbox" ? input.checked : input.value]));
    if (address || TEXTS.some((name) => draft[name]?.trim())) box.set(key(), JSON.stringify(draft));
    else box.remove(key());
  }
  const isOffered = (input, value) => (input.name === "model" ? models().some((model) => model.value === value)
    : input.tagName !== "SELECT" || [...input.options].some((option) => option.value === value));
  function restore() {
    const draft = box.read(key());
    for (const name of draft ? KEEPS : []) {
      const input = field(name);
      if (name === "model" && new URLSearchParams(location.search).has("model")) continue; // the address asks for one
      if (!input || !(name in draft) || !isOffered(input, draft[name])) continue;
      if (input.type === "checkbox") input.checked = draft[name]; else input.value = draft[name];
      if (TEXTS.includes(name) && draft[name]) input.closest("details")?.setAttribute("open", "");
      changed(input);
    }
    return Boolean(draft);
  }

  // Into another mode: what was typed there comes back; else what stands here goes along.
  let current = mode();
  function switched() {
    const before = `draft:${current}`;
    if (current === mode()) return keep();
    current = mode();
    if (address) return keep();
    if (restore() || !box.get(before)) return;
    box.remove(before);
    keep();
  }
  document.addEventListener("input", ({ target }) => {
    if (!form().contains(target)) return;
    if (target.name !== "model") return keep();
    switched();
    // What was chosen since stands in the address that asked for another one.
    if (!address && new URLSearchParams(location.search).has("model")) history.replaceState(history.state, "", `?model=${encodeURIComponent(target.value)}`);
  });
  // A reload, and the page in another language, begin in the same mode.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-mode-choice]");
    if (link && !address && isPlain(event)) history.replaceState(null, "", link.href);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (isOurs(event) && event.detail.successful && event.detail.xhr.getResponseHeader("X-Accepted")) box.remove(key());
  });

  const came = performance.getEntriesByType("navigation")[0]?.type;
  const cameBack = came === "reload" || came === "back_forward" || document.referrer === location.href;
  if (address ? cameBack : form().dataset.filled !== "yes" && !field("prompt").value) restore();
})();
