// Several prompts, one a line: their list comes from the server while they are typed.
(() => {
  if (!window.compose) return;
  const { form, field, priced } = window.compose;
  const SOON = 400; // milliseconds after the last key
  const CHANGES = ["prompt", "takes", "several", "model", "size", "resolution"];
  let timer;
  document.addEventListener("input", ({ target }) => {
    if (!form().contains(target) || !CHANGES.includes(target.name)) return;
    if (!field("several").checked && target.name !== "several") return;
    clearTimeout(timer);
    timer = setTimeout(() => htmx.trigger("#prompt-list", "list"), SOON);
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => { if (detail.target.id === "prompt-list") priced(); });
})();
