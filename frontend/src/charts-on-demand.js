// ECharts is large: fetched once, when the first chart comes near the window. A phone that never
// scrolls down to a chart never reads it.
const AHEAD = "200px";

const watched = new IntersectionObserver((entries) => {
  entries.filter((entry) => entry.isIntersecting).forEach(({ target }) => draw(target));
}, { rootMargin: AHEAD });

async function draw(element) {
  watched.unobserve(element);
  const { drawChart } = await import(document.body.dataset.charts);
  if (element.isConnected) drawChart(element); // else htmx put another in its place meanwhile
}

export function loadCharts(root) {
  root.querySelectorAll?.("[data-chart]").forEach((element) => watched.observe(element));
}

// What is printed is seen whole: as much of it as is drawn by then.
addEventListener("beforeprint", () => document.querySelectorAll("[data-chart]").forEach(draw));
