// Earlier prompts under the field: chosen by a press or with the arrows, and undone with Ctrl+Z.
(() => {
  const { $$ } = window.studio;
  const history = () => document.getElementById("history");
  if (!document.getElementById("compose")) return;

  function fill(text) {
    const field = document.getElementById("id_prompt");
    history().open = false;
    field.focus();
    field.select();
    // Typed, as far as the browser lets a page type: what stood there comes back with Ctrl+Z.
    if (document.execCommand("insertText", false, text)) return;
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
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
})();
