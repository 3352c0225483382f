// Links to a frame of the video use the current one, after it was played and paused. While
// the video plays, they use the last frame.
(() => {
  const place = (link, at) => {
    const url = new URL(link.href);
    if (at === null) url.searchParams.delete("at"); else url.searchParams.set("at", at.toFixed(3));
    link.href = url;
  };
  const follow = ({ target: video }) => {
    if (!video.matches?.("[data-player]")) return;
    const at = video.paused ? video.currentTime : null;
    document.querySelectorAll("[data-frames] a").forEach((link) => place(link, at));
  };
  ["play", "seeked", "pause"].forEach((name) => document.addEventListener(name, follow, true));
})();
