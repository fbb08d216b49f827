// Theme, language and rail live in cookies, so that the server renders them without a flash.
const YEAR = 365 * 24 * 3600;

function remember(name, value) {
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `${name}=${value};path=/;max-age=${YEAR};samesite=lax${secure}`;
}

const apply = {
  theme: (value) => {
    document.documentElement.dataset.theme = value;
    document.dispatchEvent(new CustomEvent("themechange"));
  },
  rail: (value) => {
    document.documentElement.dataset.rail = value;
  },
  language: () => location.reload(),
};

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-preference]");
  if (!choice) return;
  const name = choice.dataset.preference;
  const value = name === "rail" ? otherRail() : choice.value;
  remember(name, value);
  markChosen(name, value);
  apply[name](value);
});

function otherRail() {
  return document.documentElement.dataset.rail === "folded" ? "open" : "folded";
}

function markChosen(name, value) {
  for (const button of document.querySelectorAll(`[data-preference="${name}"]`)) {
    if (button.hasAttribute("aria-checked")) button.setAttribute("aria-checked", String(button.value === value));
    if (button.hasAttribute("aria-expanded")) button.setAttribute("aria-expanded", String(value === "open"));
  }
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  document.dispatchEvent(new CustomEvent("themechange"));
});

// Demo sign-in: one click fills the form.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fill-email]");
  if (!button) return;
  document.querySelector("input[name=login]").value = button.dataset.fillEmail;
  document.querySelector("input[name=password]").value = button.dataset.fillPassword;
  document.querySelector("form.form button[type=submit]").focus();
});
