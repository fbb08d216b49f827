// A list by keyboard: arrows, j and k move, x selects, Enter opens, ? explains; and what is selected.
// The arrow down leads from the list's own search into it, the arrow up back.
const rows = () => [...document.querySelectorAll("[data-selection] tr[data-row]")];
const boxes = () => [...document.querySelectorAll('[data-selection] input[name="customer"]')];

function activate(row) {
  document.querySelector("tr[data-active]")?.removeAttribute("data-active");
  if (!row) return;
  row.setAttribute("data-active", "");
  row.querySelector("a.row-link")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = rows();
  const at = all.findIndex((row) => row.hasAttribute("data-active"));
  activate(all[Math.min(Math.max(at + by, 0), all.length - 1)]);
}

function tell() {
  const bar = document.querySelector("[data-bulk-bar]");
  if (!bar) return;
  const chosen = boxes().filter((box) => box.checked).length;
  const all = document.querySelector("[data-select-all]");
  bar.hidden = chosen === 0;
  bar.querySelector("[data-bulk-count]").textContent = String(chosen);
  if (all) {
    all.checked = chosen > 0 && chosen === boxes().length;
    all.indeterminate = chosen > 0 && !all.checked;
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-all]")) {
    boxes().forEach((box) => (box.checked = event.target.checked));
  }
  if (event.target.closest("[data-selection]")) tell();
});
document.addEventListener("htmx:afterSwap", tell);
window.addEventListener("pageshow", tell);

function isBusyElsewhere(target) {
  return target.closest("textarea, select, [contenteditable], dialog, input:not([type=checkbox])");
}

// Elsewhere on the page arrows scroll.
function walk(event) {
  const search = document.querySelector("[data-list-search]");
  const row = event.target.closest("tr[data-row]");
  const isInSearch = event.target === search && event.key === "ArrowDown";
  if ((!row && !isInSearch) || !rows().length) return;
  event.preventDefault();
  if (isInSearch) activate(rows()[0]);
  else if (event.key === "ArrowDown") step(1);
  else if (row !== rows()[0]) step(-1);
  else {
    activate(null);
    search?.focus();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") walk(event);
  if (isBusyElsewhere(event.target) || !document.querySelector("[data-selection]")) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "x") {
    const box = document.querySelector('tr[data-active] input[name="customer"]');
    if (box) box.click();
  } else if (event.key === "?") document.getElementById("list-keys")?.showModal();
});
