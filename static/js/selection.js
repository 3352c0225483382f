// Selecting many videos: ranges with Shift, all, none. Forms with `data-selection` work without it.
(() => {
  const form = () => document.querySelector("[data-selection]");
  const boxes = () => [...form().elements].filter((field) => field.name === "id");
  const every = () => form().querySelector("[name=all]");
  const chosen = new Set(); // in the order of choosing: videos are compared and joined in it

  function show() {
    if (!form()) return;
    const bar = document.getElementById("selected");
    const now = boxes().filter((box) => box.checked).map((box) => box.value);
    const n = now.length;
    chosen.forEach((id) => now.includes(id) || chosen.delete(id));
    now.forEach((id) => chosen.add(id));
    const says = bar.querySelector("[data-n]");
    bar.hidden = !n && !every().checked;
    every().indeterminate = n > 0 && !every().checked;
    says.textContent = every().checked ? says.dataset.every : says.dataset.n.replace("{n}", n);
  }
  const set = (checked) => {
    every().checked = checked;
    boxes().forEach((box) => { box.checked = checked; });
    show();
  };
  window.studio.chooseOnly = (box) => { set(false); box.checked = true; show(); };

  let last; // the box that was ticked before, where a range starts
  document.addEventListener("click", (event) => {
    const box = event.target;
    const choose = box.closest?.("[data-choose]")?.dataset.choose;
    if (choose) return set(choose === "all");
    if (box.name !== "id" || !box.form?.matches("[data-selection]")) return;
    const all = boxes();
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) all.slice(from, to + 1).forEach((one) => { one.checked = box.checked; });
    last = box;
  });
  document.addEventListener("change", ({ target }) => {
    if (!target.form?.matches("[data-selection]")) return;
    if (target === every()) return set(target.checked);
    if (!target.checked) every().checked = false;
    show();
  });
  // "All" includes videos that are loaded later.
  document.addEventListener("htmx:afterSettle", () => { if (form()) { if (every().checked) set(true); else show(); } });
  // One field for all IDs, because servers accept a thousand fields at most.
  document.addEventListener("formdata", ({ target, formData }) => {
    if (!target.matches("[data-selection]")) return;
    const ids = formData.getAll("id");
    formData.delete("id");
    if (formData.has("order")) formData.set("order", [...chosen].join(","));
    if (!formData.has("all")) formData.set("id", ids.join(","));
  });
  addEventListener("pageshow", show);
  show();
})();
