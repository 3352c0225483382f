// Earlier prompts under the field: chosen by click or arrow keys, and undone with Ctrl+Z. And
// several prompts, one per line: the server sends their list while they are typed.
(() => {
  const { $$ } = window.studio;
  const SOON = 400; // milliseconds after the last key
  const CHANGES = ["prompt", "takes", "several", "model", "size", "resolution"];
  const history = () => document.getElementById("history");
  if (!window.compose) return;
  const { form, field, priced } = window.compose;

  function fill(text) {
    const prompt = field("prompt");
    history().open = false;
    prompt.focus();
    prompt.select();
    // Inserted as if typed, if the browser allows it, so that Ctrl+Z restores the old text.
    if (document.execCommand("insertText", false, text)) return;
    prompt.value = text;
    prompt.dispatchEvent(new Event("input", { bubbles: true }));
  }
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-prompt]");
    if (button) fill(button.textContent);
  });
  document.addEventListener("toggle", ({ target }) => {
    if (target === history() && target.open) target.querySelector("input").focus();
  }, true);
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest("#history");
    if (!box?.open || event.isComposing) return;
    const stops = [box.querySelector("input"), ...$$("[data-prompt]", box)];
    const at = stops.indexOf(event.target);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      box.open = false;
      box.querySelector("summary").focus();
    } else if (step && at >= 0 && stops[at + step]) {
      event.preventDefault();
      stops[at + step].focus();
    }
  });

  let timer;
  document.addEventListener("input", ({ target }) => {
    if (!form().contains(target) || !CHANGES.includes(target.name)) return;
    if (!field("several").checked && target.name !== "several") return;
    clearTimeout(timer);
    timer = setTimeout(() => htmx.trigger("#prompt-list", "list"), SOON);
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => { if (detail.target.id === "prompt-list") priced(); });
})();
