// One video: loop, autoplay, three frames side by side, a message if it does not play. Takes in sync.
(() => {
  const { $$, toast, fail } = window.studio;

  // The choice is stored; until then, prefers-reduced-motion decides.
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const isOn = (name) => (kept.get(name) ? kept.get(name) === "on" : !calm.matches);
  const shown = () => document.querySelector(".screen [data-player]");
  function showSettings() {
    if (shown()) shown().loop = isOn("loop");
    $$("[data-setting]").forEach((button) => button.setAttribute("aria-pressed", isOn(button.dataset.setting)));
  }
  function toggle() {
    const video = shown();
    if (!video) return;
    if (video.paused) video.play().catch(() => {}); else video.pause();
  }
  function label({ target }) {
    const button = target === shown() && document.querySelector("[data-pause]");
    if (!button) return;
    const words = button.querySelector("span");
    words.textContent = target.paused ? words.dataset.play : button.dataset.pause;
    button.querySelector("use").setAttribute("href", button.querySelector("use").getAttribute("href").replace(/#.*/, target.paused ? "#play" : "#pause"));
  }
  for (const name of ["play", "pause"]) document.addEventListener(name, label, true);
  function begin() {
    const video = shown();
    if (!video || video.dataset.begun) return;
    video.dataset.begun = "yes";
    showSettings();
    if (isOn("autoplay") && !navigator.connection?.saveData && !document.hidden) video.play().catch(() => {});
  }
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-pause]")) toggle();
    const setting = target.closest("[data-setting]")?.dataset.setting;
    if (!setting) return;
    kept.set(setting, isOn(setting) ? "off" : "on");
    showSettings();
  });
  document.addEventListener("htmx:afterSettle", begin);
  window.player = { toggle };
  begin();

  // At "seeked", a busy Chromium 156 may still draw the frame before. Without the callback, wait a second.
  const seek = (video, at) => new Promise((shown) => {
    const ask = () => video.requestVideoFrameCallback?.(look);
    const look = (now, { mediaTime }) => (mediaTime < at - 0.25 ? ask() : shown());
    ask();
    video.onseeked = () => setTimeout(shown, 1000);
    video.currentTime = at;
  });

  // Frames are drawn from the file after it was played, so that nothing is loaded before.
  function strip(video) {
    const canvases = $$(".strip canvas");
    if (!canvases.length || video.dataset.stripped) return;
    video.dataset.stripped = "yes";
    const scout = Object.assign(document.createElement("video"), { muted: true, playsInline: true, preload: "auto", src: video.currentSrc });
    scout.onloadeddata = async () => {
      scout.onloadeddata = null;
      for (const [index, canvas] of canvases.entries()) {
        await seek(scout, Math.max(0.05, scout.duration * (0.05 + 0.45 * index) - 0.05));
        canvas.width = 320;
        canvas.height = Math.round(320 * scout.videoHeight / scout.videoWidth);
        canvas.getContext("2d").drawImage(scout, 0, 0, canvas.width, canvas.height);
        canvas.closest(".strip").hidden = false;
      }
      scout.removeAttribute("src");
      scout.load();
    };
  }
  document.addEventListener("play", (event) => { if (event.target.matches?.("[data-player]")) strip(event.target); }, true);

  // The server knows whether the file is missing or unreachable; it does not ask a bucket.
  document.addEventListener("error", async ({ target }) => {
    if (!target.matches?.("[data-player]")) return;
    const asked = { method: "HEAD", redirect: "manual", headers: { "HX-Request": "true" } };
    const answer = await fetch(target.src, asked).catch(() => null);
    const isGone = answer?.status === 404 || answer?.type === "opaqueredirect";
    if (isGone) target.closest("section, figure").querySelector("[data-missing]").hidden = false;
    else if (answer?.headers.get("HX-Redirect")) location.reload();
    else if (answer?.ok) toast(target.textContent.trim());
    else fail(target, answer);
  }, true);

  const [first, ...others] = $$("[data-pair] video");
  if (others.length) {
    const all = document.querySelector("[data-all]");
    const label = (playing) => { all.querySelector("span").textContent = playing ? all.dataset.pause : all.dataset.play; };
    // A seek takes time: while they play, only visible differences are corrected.
    const step = () => others.forEach((video) => {
      const apart = Math.abs(first.currentTime - video.currentTime);
      if (apart > (first.paused ? 0.05 : 0.2)) video.currentTime = first.currentTime;
    });
    all.addEventListener("click", () => {
      if (!first.paused) return first.pause();
      if (first.ended) first.currentTime = 0;
      others.forEach((video) => { video.currentTime = first.currentTime; });
      [first, ...others].forEach((video) => video.play().catch(() => {})); // paused before it began
    });
    first.addEventListener("play", () => { label(true); others.forEach((video) => video.play().catch(() => {})); });
    first.addEventListener("pause", () => { label(false); others.forEach((video) => video.pause()); step(); });
    first.addEventListener("seeked", step);
    first.addEventListener("timeupdate", step);
    const slider = document.querySelector("[data-seek]");
    slider?.addEventListener("input", () => {
      const at = slider.value / 1000 * (first.duration || 5);
      [first, ...others].forEach((video) => { video.currentTime = at; });
    });
    first.addEventListener("timeupdate", () => { if (slider && first.duration) slider.value = first.currentTime / first.duration * 1000; });
  }
})();
