// The Generate button and Ctrl+Enter: one request per press.
(() => {
  if (!window.compose) return;
  const { $$ } = window.studio;
  const { form, isOurs, isFields } = window.compose;

  // One press, one request: a double click or a key held down sends nothing more, not even when the
  // form has its new ID.
  const QUIET = 1000; // milliseconds since the last of these presses
  const press = () => form().querySelector(".sends .main");
  const rest = (on) => $$(".sends button", form()).forEach((button) => (
    on ? button.setAttribute("aria-disabled", "true") : button.removeAttribute("aria-disabled")));
  let quiet = 0;
  let held = null;
  function hush() {
    rest(true);
    clearTimeout(quiet);
    quiet = setTimeout(() => { quiet = 0; rest(false); }, QUIET);
  }
  document.addEventListener("htmx:confirm", (event) => {
    if (!isOurs(event)) return;
    if (press().hasAttribute("aria-disabled")) {
      event.preventDefault();
      if (quiet) hush();
    } else if (document.getElementById("fields").matches(".htmx-request")) {
      // The fields of another model are loading: send what they show after that.
      event.preventDefault();
      held = event.detail;
    }
  });
  document.addEventListener("htmx:beforeSend", (event) => {
    if (!isOurs(event)) return;
    rest(true);
    press().setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (isOurs(event)) answered(event.detail.xhr);
    if (!held || !isFields(event)) return;
    held.issueRequest(true);
    held = null;
  });
  function answered(answer) {
    press().removeAttribute("aria-busy");
    hush();
    if (document.activeElement === document.body) press().focus({ preventScroll: true });
    const accepted = answer.getResponseHeader("X-Accepted");
    if (!accepted) return;
    document.getElementById(`card-${accepted}`)?.scrollIntoView({ block: "nearest" });
    window.studio.offerNotification();
  }
  // Ctrl+Enter sends from any field; Enter in a one-line field does not send.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !form().contains(event.target)) return;
    const isField = event.target.matches("input, select");
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      if (!event.repeat) form().requestSubmit(press());
    } else if (isField || (event.repeat && event.target.matches("button"))) event.preventDefault();
  });
  if (/mac|iphone|ipad/i.test(navigator.userAgentData?.platform || navigator.platform)) {
    $$("[data-control]").forEach((key) => { key.textContent = "⌘"; });
  }
})();
