// Before the first paint: the chosen theme, and the class that scripts run.
(() => {
  const root = document.documentElement;
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  const read = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  root.classList.add("js");
  apply(read());
  window.studioTheme = {
    get: () => root.dataset.theme || "system",
    set(theme) {
      try { localStorage.setItem("theme", theme); } catch { /* private window: for this page only */ }
      apply(theme);
    },
  };
  addEventListener("storage", (event) => event.key === "theme" && apply(event.newValue));
})();
