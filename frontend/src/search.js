// Global search: arrows move through what htmx brought, Enter opens it, Escape closes.
const box = document.querySelector(".search");
const input = box?.querySelector("input");

if (input) {
  const options = () => [...box.querySelectorAll('[role="option"]')];
  const active = () => box.querySelector('[aria-selected="true"]');

  function select(option) {
    active()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function step(by) {
    const all = options();
    if (!all.length) return;
    const at = all.indexOf(active());
    select(all[(at + by + all.length + (at < 0 && by < 0 ? 1 : 0)) % all.length]);
  }

  function setOpen(open) {
    box.toggleAttribute("data-closed", !open);
    input.setAttribute("aria-expanded", String(open && options().length > 0));
    if (!open) select(null);
  }

  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && active()) {
      event.preventDefault();
      active().click();
    } else if (event.key === "Escape") {
      event.preventDefault(); // or the browser empties the field, which counts as typing
      if (box.hasAttribute("data-closed")) input.blur();
      setOpen(false);
    }
  });
  input.addEventListener("input", () => setOpen(true));
  input.addEventListener("focus", () => setOpen(true));
  box.addEventListener("htmx:afterSwap", () => {
    options().forEach((option, index) => {
      option.id ||= `search-option-${index}`;
      option.setAttribute("aria-selected", "false");
    });
    setOpen(document.activeElement === input);
    select(options()[0]);
  });
}
