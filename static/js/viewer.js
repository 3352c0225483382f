// A video above the page it was opened from, with its own URL; and the keys and swipes of a video.
(() => {
  const { isPlain } = window.studio;
  const VIDEO = "#grid .tile > a, a[data-view]";
  const SWIPE = 60; // pixels
  let dialog;
  let opener;
  let path; // of the current video

  const root = () => (dialog?.open ? dialog : document.querySelector("main:has(#watch)"));
  const find = (selector) => root()?.querySelector(selector);

  function create() {
    dialog = Object.assign(document.createElement("dialog"), { id: "viewer" });
    dialog.setAttribute("aria-labelledby", "video-title");
    const box = Object.assign(document.createElement("div"), { id: "viewer-in" });
    dialog.append(box);
    document.body.append(dialog);
    dialog.addEventListener("close", closed);
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  }
  function show(address) {
    if (!dialog) create();
    if (path) sync();
    path = new URL(address, location.href).pathname;
    if (!dialog.open) dialog.showModal();
    htmx.ajax("GET", address, { target: "#viewer-in", swap: "innerHTML" }).catch(() => {}); // said elsewhere
  }
  document.addEventListener("htmx:afterSettle", ({ detail: { target } }) => {
    if (target?.id !== "viewer-in") return;
    const back = find("[data-back]");
    if (!back) return; // closed in the meantime
    back.textContent = document.body.dataset.close;
    // After a click on next or previous, focus stays on the button.
    if (!document.activeElement.matches("[rel=prev], [rel=next]")) (find("[data-pause]") || back).focus();
  });
  document.addEventListener("htmx:responseError", ({ detail: { target } }) => { if (target?.id === "viewer-in") dialog.close(); });

  function open(link) {
    opener = link;
    history.pushState({ viewer: true }, "", link.href);
    show(link.href);
  }
  // The next video replaces this one in the history, so that Back leads to the list.
  function go(link) {
    if (!link) return;
    if (!dialog?.open) return location.assign(link.href);
    history.replaceState({ viewer: true }, "", link.href);
    show(link.href);
  }
  // Its link in the list, if it is loaded; a star that is set here is set there.
  const inList = () => document.querySelector(`main a[href^="${path}"]:not([aria-hidden])`);
  function sync() {
    const star = dialog.querySelector("form[data-toggle] button")?.getAttribute("aria-pressed");
    if (star) inList()?.closest(".tile")?.querySelector(".star")?.setAttribute("aria-pressed", star);
  }
  function closed() {
    sync();
    const found = inList() || opener;
    dialog.firstElementChild.replaceChildren();
    if (history.state?.viewer) history.back();
    found?.focus();
    found?.scrollIntoView({ block: "nearest" });
  }
  addEventListener("popstate", ({ state }) => {
    if (state?.viewer) show(location.href); else if (dialog?.open) dialog.close();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || !isPlain(event)) return;
    const isNeighbour = link.matches("[rel=prev], [rel=next]");
    if (!link.matches(VIDEO) && !(dialog?.contains(link) && (isNeighbour || link.matches("[data-back]")))) return;
    event.preventDefault();
    if (isNeighbour) go(link); else if (dialog?.contains(link)) dialog.close(); else open(link);
  });

  document.addEventListener("keydown", (event) => {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || !root() || document.querySelector("dialog[open]:not(#viewer)")) return;
    if (target.matches("input, textarea, select")) return;
    const act = {
      ArrowLeft: () => go(find("[rel=prev]")),
      ArrowRight: () => go(find("[rel=next]")),
      " ": target.closest("button, summary, a") ? null : () => window.player.toggle(),
      f: () => find("form[data-toggle] button")?.click(),
      r: () => find("a[href^='/?remix=']")?.click(),
      Delete: () => find("form[action$='/delete/'] .danger")?.click(),
      // In a dialog, the browser handles it; a menu closes first.
      Escape: dialog?.open || document.querySelector(".menu[open]") || document.fullscreenElement ? null : () => find("[data-back]").click(),
    }[keyOf(event)];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }, true);

  // A swipe outside of the video controls at the bottom.
  let touched = null;
  document.addEventListener("touchstart", ({ target, touches: [touch, other] }) => {
    const video = target.closest?.("video")?.getBoundingClientRect();
    const isControl = video && touch.clientY > video.bottom - 60;
    touched = root()?.contains(target) && !other && !isControl ? touch : null;
  }, { passive: true });
  document.addEventListener("touchend", ({ changedTouches: [touch] }) => {
    if (!touched) return;
    const [x, y] = [touch.clientX - touched.clientX, touch.clientY - touched.clientY];
    touched = null;
    if (Math.abs(x) > SWIPE && Math.abs(x) > 2 * Math.abs(y)) go(find(x > 0 ? "[rel=prev]" : "[rel=next]"));
  }, { passive: true });
})();
