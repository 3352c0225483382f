"use strict";
// The contact sheet: posters play in place, one at a time; selected cards are counted; U undoes.
// Without this script a poster's link opens the video.

(() => {
  let playing = null;

  function stop() {
    if (playing) playing.video.replaceWith(playing.link);
    playing = null;
  }

  function play(link) {
    stop();
    const video = document.createElement("video");
    Object.assign(video, { src: link.href, muted: true, playsInline: true, controls: true });
    const image = link.querySelector("img");
    if (image) video.poster = image.src;
    link.replaceWith(video);
    playing = { video, link };
    video.focus();
    video.play().catch(() => {});
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-play]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    play(link);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && playing) {
      const { link } = playing;
      stop();
      link.focus();
    }
    const typing = event.target.closest("textarea, input:not([type=checkbox]), select");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (keyOf(event) === "u") document.querySelector(".object-tools [data-key=u]")?.click();
  });

  document.addEventListener("DOMContentLoaded", () => {
    const boxes = [...document.querySelectorAll(".studio-card .action-select")];
    const all = document.getElementById("studio-all");
    const told = document.getElementById("studio-picked");
    if (!all || !told || !boxes.length) return;

    function tell() {
      const count = boxes.filter((box) => box.checked).length;
      all.checked = count === boxes.length;
      all.indeterminate = count > 0 && !all.checked;
      told.textContent = count === 0 ? "" : count === 1 ? told.dataset.one : told.dataset.many.replace("{n}", count);
    }

    all.closest("label").hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      tell();
    });
    for (const box of boxes) box.addEventListener("change", tell);
    tell();
  });
})();
