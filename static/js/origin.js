// Shows how the form differs from the video that it was filled from, while it is edited.
(() => {
  const box = document.getElementById("origin");
  if (!box || !window.compose) return;
  const { form, field, fill } = window.compose;
  const values = JSON.parse(box.dataset.values);
  const language = document.documentElement.lang;
  function compare() {
    const said = document.querySelector("#origin [data-differs]");
    if (!said) return;
    const differs = (name) => {
      const input = field(name);
      const now = input.type === "checkbox" ? input.checked : input.value.replace(/\r\n?/g, "\n").trim();
      return now !== values[name][1];
    };
    const names = Object.keys(values).filter(differs).map((name) => values[name][0]);
    const list = new Intl.ListFormat(language, { type: "unit" }).format(names);
    said.textContent = names.length ? fill(said.dataset.differs, { names: list }) : said.dataset.same;
  }
  document.addEventListener("input", ({ target }) => { if (form().contains(target)) compare(); });
  document.addEventListener("htmx:afterSettle", compare);
  compare();
})();
