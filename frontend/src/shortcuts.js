// Keys that work anywhere outside a field: / searches, t shows charts as tables and back;
// a letter presses the button that names it in data-key.
function isTyping(target) {
  return target.closest("input, textarea, select, [contenteditable]") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "/") {
    const search = document.querySelector(".search input");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "t") {
    const buttons = document.querySelectorAll("[data-chart-toggle]");
    const asTable = ![...buttons].every((button) => button.getAttribute("aria-pressed") === "true");
    buttons.forEach((button) => showAsTable(button, asTable));
  } else if (/^[a-z]$/.test(event.key)) {
    document.querySelector(`[data-key="${event.key}"]`)?.click();
  } else if (event.key === "Escape") {
    document.querySelectorAll(".term").forEach((term) => term.setAttribute("data-closed", ""));
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-chart-toggle]");
  if (button) showAsTable(button, button.getAttribute("aria-pressed") !== "true");
});

function showAsTable(button, asTable) {
  const figure = button.closest("figure");
  button.setAttribute("aria-pressed", String(asTable));
  figure.querySelector("[data-chart]").hidden = asTable;
  figure.querySelector("[data-chart-table]").hidden = !asTable;
}

for (const kind of ["mouseover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    if (!event.target.closest?.(".term")) {
      document.querySelectorAll(".term[data-closed]").forEach((term) => term.removeAttribute("data-closed"));
    }
  });
}
