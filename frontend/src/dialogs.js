// Native <dialog>: opened by data-dialog-open="id", closed by data-dialog-close, Escape or the backdrop.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) document.getElementById(opener.dataset.dialogOpen)?.showModal();
  if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog")?.close();
  if (event.target instanceof HTMLDialogElement) event.target.close(); // the backdrop
});

// A dialog that htmx swapped in opens by itself; HX-Trigger: dialog-close closes what is open.
document.addEventListener("htmx:load", (event) => {
  const dialog = event.detail.elt;
  if (dialog.matches?.("dialog[data-open-on-load]") && !dialog.open) dialog.showModal();
});
document.addEventListener("dialog-close", () => {
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
});
