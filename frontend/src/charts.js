// Draws every <c-chart>: reads the figure's own numbers and our colours from the CSS.
import { BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { optionFor } from "./chart-options.js";
import { readTheme } from "./chart-theme.js";

use([
  BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart,
  GridComponent, MarkLineComponent, TooltipComponent, VisualMapComponent, CanvasRenderer,
]);

const resizes = new ResizeObserver((entries) => {
  entries.forEach(({ target }) => target.clientWidth && drawn.get(target)?.chart.resize());
});
const drawn = new Map(); // element → { chart, data }

export function drawChart(element) {
  if (drawn.has(element)) return;
  const data = JSON.parse(element.dataset.numbers);
  const chart = init(element);
  drawn.set(element, { chart, data });
  resizes.observe(element);
  paint(element);
  chart.on("click", ({ dataIndex }) => {
    const link = data.links?.[dataIndex];
    if (link) location.assign(link);
  });
}

function paint(element) {
  const { chart, data } = drawn.get(element);
  chart.setOption(optionFor(data, readTheme()), { notMerge: true });
}

document.addEventListener("themechange", () => drawn.forEach((_, element) => paint(element)));
document.addEventListener("htmx:beforeCleanupElement", (event) => {
  const gone = drawn.get(event.target);
  if (!gone) return;
  resizes.unobserve(event.target);
  gone.chart.dispose();
  drawn.delete(event.target);
});
