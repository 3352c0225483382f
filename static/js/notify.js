// When a video has ended: a notification if the page is hidden, and a sound. Both are opt-in.
(() => {
  const { announce, toast } = window.studio;
  const bell = document.querySelector("[data-notify]");
  const sound = document.querySelector("[data-sound]");
  if (!bell) { window.studio.notify = () => {}; return; }

  // Chrome on Android has the API and grants permission, but pages cannot create notifications.
  const canNotify = () => {
    if (!("Notification" in window) || /android/i.test(navigator.userAgent)) return false;
    if (Notification.permission === "granted") return true; // a test would be visible
    try { new Notification(""); return true; } catch { return false; }
  };
  const wanted = () => !bell.hidden && Notification.permission === "granted" && kept.get("notify") === "on";
  function show() {
    sound.setAttribute("aria-pressed", kept.get("sound") === "on");
    bell.hidden = !canNotify();
    if (!bell.hidden) bell.querySelector("span").textContent = wanted() ? bell.dataset.stop : bell.dataset.start;
  }
  async function toggle() {
    const answer = wanted() ? "no more" : await Notification.requestPermission();
    kept.set("notify", answer === "granted" ? "on" : "off");
    if (answer === "denied") toast(bell.dataset.denied);
    show();
  }
  bell.addEventListener("click", toggle);

  // Two short notes. Browsers block sound on a page without any user action.
  function chime() {
    const audio = new AudioContext();
    [660, 880].forEach((pitch, at) => {
      const [note, volume] = [audio.createOscillator(), audio.createGain()];
      const start = audio.currentTime + at * 0.18;
      note.frequency.value = pitch;
      volume.gain.setValueAtTime(0.15, start);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.4);
      note.connect(volume).connect(audio.destination);
      note.start(start);
      note.stop(start + 0.4);
      note.onended = () => at && audio.close();
    });
  }
  sound.addEventListener("click", () => {
    kept.set("sound", kept.get("sound") === "on" ? "off" : "on");
    if (kept.get("sound") === "on") chime();
    show();
  });

  window.studio.notify = (text, page) => {
    if (kept.get("sound") === "on") chime();
    if (!document.hidden || !wanted()) return;
    const note = new Notification("WAN Studio", { body: text, tag: page });
    note.onclick = () => { window.focus(); if (page) location.href = page; };
  };
  // Shown once, where space is reserved, so that it covers and moves no card.
  window.studio.offerNotification = () => {
    if (bell.hidden || kept.get("notify") || Notification.permission === "denied") return;
    kept.set("notify", "offered");
    const offer = document.querySelector("[data-notify-offer]");
    offer.hidden = false;
    offer.onclick = () => { offer.hidden = true; toggle(); };
    announce(bell.dataset.start);
  };
  show();
})();
