// Toasts, the busy line, and what is said when the server cannot be reached or refuses.
const SECONDS_SHOWN = 6000;

export function showToast({ message, tone = "neutral" }) {
  const region = document.getElementById("toasts");
  const template = document.getElementById(`toast-${tone}`) ?? document.getElementById("toast-neutral");
  if (!region || !template) return;
  const note = template.content.firstElementChild.cloneNode(true);
  note.querySelector("[data-message]").textContent = message; // text, never markup
  region.append(note);
  fadeLater(note);
}

// Bad news stays until it is closed.
function fadeLater(note) {
  if (note.dataset.tone === "act") return;
  let timer = setTimeout(() => note.remove(), SECONDS_SHOWN);
  note.addEventListener("mouseenter", () => clearTimeout(timer));
  note.addEventListener("mouseleave", () => {
    timer = setTimeout(() => note.remove(), SECONDS_SHOWN / 2);
  });
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-toast-close]")) event.target.closest(".toast-note").remove();
});
document.addEventListener("toast", (event) => showToast(event.detail)); // HX-Trigger: {"toast": {…}}

function say(key) {
  return document.getElementById("toasts")?.dataset[key] ?? "";
}
document.addEventListener("htmx:sendError", () => showToast({ message: say("offline"), tone: "act" }));
document.addEventListener("htmx:timeout", () => showToast({ message: say("offline"), tone: "act" }));
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  const key = { 403: "forbidden", 404: "gone", 429: "slowdown" }[status] ?? "failed";
  showToast({ message: say(key), tone: "act" });
});

let inFlight = 0;
function markBusy(step) {
  inFlight = Math.max(0, inFlight + step);
  document.documentElement.toggleAttribute("data-busy", inFlight > 0);
}
document.addEventListener("htmx:beforeSend", () => markBusy(1));
document.addEventListener("htmx:afterRequest", () => markBusy(-1));

// A plain form says that it is being sent, and cannot be sent twice.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || button.dataset.repeatable !== undefined) return;
  requestAnimationFrame(() => {
    if (!event.defaultPrevented) button.setAttribute("aria-busy", "true");
  });
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll(".btn[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
});

document.querySelectorAll("#toasts > .toast-note").forEach(fadeLater);
