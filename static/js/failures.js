// Why a request had no answer that the page can use. Each cause has a sentence that can help: one
// of the element that asked, or one of the body.
(() => {
  const BY_STATUS = { 401: "signIn", 403: "refused", 404: "gone", 413: "tooLarge", 429: "tooMany",
    502: "restarting", 503: "restarting", 504: "tookLong" };
  const PASSING = ["unanswered", "tooMany", "restarting", "tookLong"]; // another try may mend it
  const isOurs = (answer) => Boolean(answer.headers ? answer.headers.get("X-Request-ID") : answer.getResponseHeader("X-Request-ID"));

  // A proxy that wants a sign-in leads to an address that scripts may not read.
  async function isLedElsewhere() {
    const answer = await fetch(location.pathname, { method: "HEAD", redirect: "manual" }).catch(() => null);
    return answer?.type === "opaqueredirect" || answer?.status === 401;
  }
  // A file that was saved again or moved after it was chosen cannot be read any more.
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
  // `answer` is a request of htmx or an answer of fetch; without one, nothing came.
  async function fail(element, answer) {
    const cause = await causeOf(element, answer);
    const isPassing = PASSING.includes(cause);
    const own = element.dataset[cause] || (["restarting", "tookLong"].includes(cause) && element.dataset.unanswered);
    const text = own || document.body.dataset[cause];
    if (!element.matches("[data-polls]")) return window.studio.toast(text);
    // A question is asked again by itself, and says so where that may help.
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
    document.querySelectorAll("[data-lost]").forEach((note) => { note.hidden = true; });
  });
  // A whole page where a part was asked for is the sign-in of a proxy: it is not put in.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (isOurs(detail.xhr) || !/^\s*<!doctype/i.test(detail.serverResponse)) return;
    detail.shouldSwap = false;
    fail(detail.elt, { status: 401 });
  });
  window.studio.fail = fail;
})();
