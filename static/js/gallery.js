// The gallery: previews, stars, keys, and the scroll position.
(() => {
  const { $$, announce, chooseOnly, toggle } = window.studio;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const WAIT = 300; // milliseconds: a pointer that only passes over a tile loads nothing

  let timer;
  let playing;
  function stop() {
    clearTimeout(timer);
    playing?.remove();
    playing = null;
  }
  function play(tile, loud = false) {
    stop();
    const video = document.createElement("video");
    const poster = tile.querySelector("img")?.src || "";
    Object.assign(video, { muted: true, playsInline: true, preload: "auto", poster, src: `${tile.querySelector("a").pathname}video.mp4` });
    video.setAttribute("aria-hidden", "true");
    video.tabIndex = -1;
    video.onended = video.onerror = () => playing === video && stop();
    tile.querySelector("a").append(video);
    playing = video;
    video.play().catch(() => {});
    if (loud) announce(titleOf(tile));
  }
  const soon = (tile) => {
    stop();
    if (!calm.matches) timer = setTimeout(() => play(tile), WAIT);
  };
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const tile = event.target.closest(".tile");
    if (tile && !tile.contains(event.relatedTarget)) soon(tile);
  });
  document.addEventListener("pointerout", (event) => {
    const tile = event.target.closest(".tile");
    if (tile && !tile.contains(event.relatedTarget)) stop();
  });
  document.addEventListener("focusin", (event) => {
    const link = event.target.closest(".tile > a");
    if (link?.matches(":focus-visible")) soon(link.parentElement); else stop();
  });

  // A missing poster is replaced by text.
  const gone = (image) => image.replaceWith(Object.assign(document.createElement("i"), { textContent: image.closest(".grid").dataset.none }));
  $$(".tile img").filter((image) => image.complete && !image.naturalWidth).forEach(gone);
  document.addEventListener("error", ({ target }) => { if (target.matches?.(".tile img")) gone(target); }, true);

  // The star of a person's own tiles is added here: it needs scripts, and keeps the page small.
  const titleOf = (tile) => [...tile.querySelector("p").textContent].slice(0, 80).join("");
  const starred = () => $$(".tile[data-star]").forEach((tile) => {
    const star = document.createElement("button");
    const about = titleOf(tile);
    star.className = "star";
    star.setAttribute("aria-pressed", tile.dataset.star || "false");
    star.setAttribute("aria-label", `${document.getElementById("grid").dataset.favourite}: ${about}`);
    const choose = tile.querySelector("input");
    choose.before(star);
    choose.setAttribute("aria-label", `${choose.getAttribute("aria-label")}: ${about}`);
    delete tile.dataset.star;
  });
  starred();
  document.addEventListener("htmx:afterSettle", starred);
  document.addEventListener("submit", (event) => {
    const star = event.submitter;
    if (!star?.matches(".star")) {
      leaving = event.target.method === "post";
      return leaving && remember();
    }
    event.preventDefault();
    const favourite = star.closest(".tile").querySelector("input").value;
    const { value } = event.target.querySelector("[name=csrfmiddlewaretoken]");
    toggle(star, event.target.getAttribute("action"), new URLSearchParams({ favourite, csrfmiddlewaretoken: value }));
  });
  function remove(tile) {
    if (!tile.querySelector(".star")) return;
    chooseOnly(tile.querySelector("input"));
    document.querySelector("#selected [value=delete]").click();
  }

  // The width of tiles is stored, and set before the tiles are drawn.
  const size = document.querySelector("[data-tile-size]");
  const sized = () => document.documentElement.style.setProperty("--tile", `${size.value}rem`);
  if (kept.get("tile")) { size.value = kept.get("tile"); sized(); }
  size.addEventListener("input", () => { kept.set("tile", size.value); sized(); });

  // Filters apply when they change; the number of results is announced.
  document.addEventListener("htmx:afterSettle", ({ target, detail }) => {
    if (detail.elt.id === "count" || target.id === "results") announce(document.querySelector("#count, #results .empty p")?.textContent.trim());
  });

  // Keys
  const tiles = () => $$(".tile");
  // The tile above or below: the nearest one in the next row.
  const beside = (tile, way) => {
    const { left, top } = tile.getBoundingClientRect();
    const others = tiles().map((one) => [one, one.getBoundingClientRect()]).filter(([, box]) => (box.top - top) * way > 1);
    const row = Math.min(...others.map(([, box]) => box.top * way));
    return others.filter(([, box]) => box.top * way - row < 1)
      .sort(([, a], [, b]) => Math.abs(a.left - left) - Math.abs(b.left - left))[0]?.[0];
  };
  const MOVES = {
    ArrowRight: (tile) => tiles()[tiles().indexOf(tile) + 1], ArrowLeft: (tile) => tiles()[tiles().indexOf(tile) - 1],
    ArrowDown: (tile) => beside(tile, 1), ArrowUp: (tile) => beside(tile, -1),
  };
  const enter = () => {
    const all = tiles();
    const seen = all.find((tile) => tile.getBoundingClientRect().bottom > 0);
    (near < 0 ? seen : all[near] || all.at(-1))?.querySelector("a").focus();
    near = -1;
  };
  // The list of keys is in the help; it is loaded when needed.
  let list;
  async function showKeys() {
    if (!list) {
      const link = document.getElementById("keys-link");
      const text = await fetch(link.href).then((answer) => answer.text()).catch(() => "");
      if (document.querySelector("dialog[open]")) return; // the key was pressed twice
      const page = new DOMParser().parseFromString(text, "text/html");
      const title = page.getElementById("keys");
      if (!title) return location.assign(link.href);
      list = document.createElement("dialog");
      list.id = "keys-list";
      list.setAttribute("aria-labelledby", "keys");
      const close = Object.assign(document.createElement("button"), { className: "button main", textContent: document.body.dataset.close });
      close.onclick = () => list.close();
      list.onclick = (event) => event.target === list && list.close();
      list.append(title, page.querySelector("dl.keys"), close);
      document.body.append(list);
    }
    list.showModal();
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    if (event.key === "?" && !document.querySelector("dialog[open]")) { event.preventDefault(); return showKeys(); }
    if (document.querySelector("dialog[open]")) return;
    const tile = event.target.closest(".tile") || null;
    const outside = event.target === document.body || event.target.closest("#toasts, #keys-link") || event.target.id === "main";
    if (event.key in MOVES && (tile || outside)) {
      event.preventDefault();
      if (tile) MOVES[event.key](tile)?.querySelector("a").focus(); else enter();
      return;
    }
    if (!tile || event.target.matches("button, input")) return;
    const keys = {
      " ": () => play(tile, true),
      f: () => tile.querySelector(".star")?.click(),
      r: () => { location.href = `/?remix=${tile.querySelector("input").value}`; },
      x: () => tile.querySelector("input")?.dispatchEvent(new MouseEvent("click", { shiftKey: event.shiftKey, bubbles: true, cancelable: true })),
      Delete: () => remove(tile),
    };
    const act = keys[keyOf(event)];
    if (act) { event.preventDefault(); act(); }
  });
  document.getElementById("keys-link").addEventListener("click", (event) => { event.preventDefault(); showKeys(); });

  // The scroll position: the loaded pages are restored with it.
  const key = () => `gallery:${location.search}`;
  function remember(stay = true) {
    if (!document.getElementById("grid")) return;
    const at = tiles().indexOf(document.activeElement.closest(".tile"));
    keptHere.set(key(), JSON.stringify([scrollY, tiles().length, stay, at]));
  }
  let leaving = false;
  addEventListener("pagehide", () => leaving || remember(false));
  const back = performance.getEntriesByType("navigation")[0]?.type;
  let place = keptHere.read(key());
  let near = -1; // the index of the focused tile, even if it is gone
  const cameFromVideo = /^\/v\/[^/]+\/$/.test(new URL(document.referrer || location.href).pathname);
  if (place && (place[2] || cameFromVideo || back === "back_forward" || back === "reload")) {
    near = place[3];
    const reach = () => {
      if (!place) return;
      const more = document.getElementById("more");
      if (tiles().length < place[1] && more?.hasAttribute("hx-get")) return htmx.trigger(more, "click");
      const y = place[0];
      place = null;
      requestAnimationFrame(() => scrollTo(0, y));
    };
    document.addEventListener("htmx:afterSettle", reach);
    addEventListener("load", reach);
  }
})();
