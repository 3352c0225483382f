"use strict";
// Review with the keyboard. Each key presses a button of the page:
// A approve, X reject (then a number, or a note and Ctrl+Enter), F flag, S skip, U undo.

(() => {
  const form = document.getElementById("studio-decide");
  if (!form) return;
  const video = document.querySelector(".studio-stage video");
  const reasons = form.querySelector(".studio-reasons");
  const radios = [...reasons.querySelectorAll("input[type=radio]")];
  const note = reasons.querySelector("textarea");
  const button = (key) => form.querySelector(`button[data-key="${key}"]`);
  let sent = false;

  form.addEventListener("submit", (event) => {
    const rejecting = event.submitter && event.submitter.dataset.key === "x";
    if (rejecting && !hasReason()) {
      event.preventDefault();
      ask();
    } else if (sent) {
      event.preventDefault();
    } else {
      sent = true;
    }
  });

  // Restored from the browser's back/forward cache: the form can be sent again.
  window.addEventListener("pageshow", () => { sent = false; });

  function hasReason() {
    return radios.some((radio) => radio.checked) || note.value.trim() !== "";
  }

  function ask() {
    reasons.classList.add("is-asking");
    reasons.scrollIntoView({ block: "nearest" });
    (radios[0] || note).focus();
  }

  function rejectFor(number) {
    const radio = radios[number - 1];
    if (!radio) return;
    radio.checked = true;
    button("x").click();
  }

  function togglePlay() {
    if (!video) return;
    if (video.paused) video.play().catch(() => {});
    else video.pause();
  }

  // The clip plays once automatically, muted, unless the person prefers reduced motion.
  if (video && !matchMedia("(prefers-reduced-motion: reduce)").matches) video.play().catch(() => {});

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("textarea, input:not([type=radio]), select");
    if (typing === note && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      button("x").click();
    } else if (event.key === "Escape") {
      reasons.classList.remove("is-asking");
      document.activeElement.blur();
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    const key = keyOf(event);
    if (key === "x" && !hasReason()) {
      event.preventDefault();
      ask();
    } else if (reasons.classList.contains("is-asking") && /^[1-9]$/.test(key)) {
      event.preventDefault();
      rejectFor(Number(key));
    } else if (key === " " && !event.target.closest("button, a, summary, video, input")) {
      event.preventDefault();
      togglePlay();
    } else if (button(key)) {
      event.preventDefault();
      button(key).click();
    }
  });
})();
