// Messages for requests without a usable response: attributes of the element that asked, or of body.
(() => {
  const BY_STATUS = { 401: "signIn", 403: "refused", 404: "gone", 413: "tooLarge", 429: "tooMany",
    502: "restarting", 503: "restarting", 504: "tookLong" };
  const PASSING = ["unanswered", "tooMany", "restarting", "tookLong"]; // a retry may help
  const isOurs = (answer) => Boolean(answer.headers ? answer.headers.get("X-Request-ID") : answer.getResponseHeader("X-Request-ID"));

  // A proxy that requires a sign-in redirects to a URL that scripts cannot read.
  async function isLedElsewhere() {
    const answer = await fetch(location.pathname, { method: "HEAD", redirect: "manual" }).catch(() => null);
    return answer?.type === "opaqueredirect" || answer?.status === 401;
  }
  // A file that was saved or moved after it was chosen can no longer be read.
  async function isFileGone(form) {
    const files = [...(form.querySelectorAll?.("input[type=file]:enabled") || [])].flatMap((input) => [...input.files]);
    const read = await Promise.all(files.map((file) => file.slice(0, 1).arrayBuffer().then(() => true, () => false)));
    return read.includes(false);
  }
  async function causeOf(element, answer) {
    if (answer?.status === 403 && isOurs(answer)) return "stale";
    if (answer?.status) return BY_STATUS[answer.status] || "unanswered";
    if (await isFileGone(element)) return "fileGone";
    return await isLedElsewhere() ? "signIn" : "unanswered";
  }
  let answers = 0;
  // `answer` is a request of htmx or a response of fetch; undefined without a response.
  async function fail(element, answer) {
    const before = answers;
    const cause = await causeOf(element, answer);
    if (answers > before && element.matches("[data-polls]")) return; // it works again
    const isPassing = PASSING.includes(cause);
    const own = element.dataset[cause] || (["restarting", "tookLong"].includes(cause) && element.dataset.unanswered);
    const text = own || document.body.dataset[cause];
    if (!element.matches("[data-polls]")) return window.studio.toast(text);
    // Polling repeats, and says so if that may help.
    for (const note of document.querySelectorAll("[data-lost]")) {
      note.textContent = isPassing ? note.dataset.lost : text;
      note.hidden = false;
    }
  }
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, ({ detail: { elt, xhr } }) => {
      if (elt.id === "status" && xhr.status === 404) location.reload(); else fail(elt, xhr);
    });
  }
  document.addEventListener("htmx:afterOnLoad", ({ detail: { xhr } }) => {
    if (xhr.status >= 400) return;
    answers += 1;
    document.querySelectorAll("[data-lost]").forEach((note) => { note.hidden = true; });
  });
  // A whole page instead of a fragment is the sign-in page of a proxy: do not insert it.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (isOurs(detail.xhr) || !/^\s*<!doctype/i.test(detail.serverResponse)) return;
    detail.shouldSwap = false;
    fail(detail.elt, { status: 401 });
  });
  window.studio.fail = fail;
})();
