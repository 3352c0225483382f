// Videos are compared and joined in the order in which they were chosen.
(() => {
  const chosen = new Set();
  const read = () => {
    const now = [...document.querySelectorAll("[data-selection] input[name=id]:checked")].map((input) => input.value);
    chosen.forEach((id) => now.includes(id) || chosen.delete(id));
    now.forEach((id) => chosen.add(id));
  };
  document.addEventListener("change", ({ target }) => { if (target.name === "id") read(); });
  document.addEventListener("submit", ({ target }) => {
    const order = target.querySelector?.("[data-order]");
    if (!order) return;
    read();
    order.value = [...chosen].join(",");
  }, true);
})();
