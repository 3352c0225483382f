// Links to a frame of the video lead to the one that is shown, once it was played or moved.
(() => {
  const place = (link, at) => {
    const url = new URL(link.href);
    url.searchParams.set("at", at.toFixed(3));
    link.href = url;
  };
  const follow = ({ target }) => {
    if (!target.matches?.("[data-player]")) return;
    document.querySelectorAll("[data-frames] a").forEach((link) => place(link, target.currentTime));
  };
  ["timeupdate", "seeked", "pause"].forEach((name) => document.addEventListener(name, follow, true));
  // A playing video goes on after its last `timeupdate`: what counts is the moment of the press.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-frames] a");
    const video = document.querySelector("[data-player]");
    if (link && video?.played.length) place(link, video.currentTime);
  }, true);
})();
