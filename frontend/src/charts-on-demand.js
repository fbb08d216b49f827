// ECharts is large: fetched once, the first time a page shows a chart.
export async function loadCharts(root) {
  const figures = root.querySelectorAll?.("[data-chart]") ?? [];
  if (!figures.length) return;
  const { drawChart } = await import(document.body.dataset.charts);
  figures.forEach(drawChart);
}
