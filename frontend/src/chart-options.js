// From our small chart description (docs/components.md) to an ECharts option.
import { formatter } from "./chart-numbers.js";

export function optionFor(data, theme) {
  const format = formatter(data);
  const build = { line, bar, stack, dots, heat }[data.kind];
  if (!build) throw new Error(`Unknown chart kind "${data.kind}"`);
  return { ...frame(data, theme, format), ...build(data, theme, format) };
}

function toneOf(series, index, theme) {
  return theme.tones[series.tone ?? theme.order[index % theme.order.length]];
}

function frame(data, theme, format) {
  return {
    animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 300,
    textStyle: { fontFamily: theme.font, fontSize: 12 },
    grid: { left: 4, right: data.series?.length > 1 ? 84 : 20, top: 16, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis",
      renderMode: "richText", // a HTML tooltip needs inline styles, which our CSP refuses
      backgroundColor: theme.popover,
      borderColor: theme.line,
      borderWidth: 1,
      padding: 10,
      textStyle: { color: theme.text, fontSize: 12, fontFamily: theme.font },
      axisPointer: { type: data.kind === "line" ? "line" : "none", lineStyle: { color: theme.line } },
      valueFormatter: (value) => (value == null ? "–" : format(Array.isArray(value) ? value.at(-1) : value)),
    },
  };
}

function categoryAxis(data, theme) {
  return {
    type: "category",
    data: data.labels,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: theme.line } },
    axisLabel: { color: theme.quiet, hideOverlap: true },
  };
}

// A share has no room above 100 %: left alone, the axis would go on to 120 % in steps of 30.
function isLargeShare(data) {
  if (data.unit !== "percent") return false;
  const rows = data.series.map((row) => row.high ?? row.values);
  const tops = data.kind === "stack" ? data.labels.map((_, i) => rows.reduce((sum, row) => sum + (row[i] ?? 0), 0)) : rows.flat();
  const top = Math.max(...tops.filter((value) => value != null), data.target ?? 0);
  const bottom = Math.min(...data.series.flatMap((row) => row.low ?? row.values).filter((value) => value != null), 0);
  return bottom >= 0 && top > 0.6 && top < 1.001;
}

function valueAxis(data, theme, format) {
  return {
    type: "value",
    splitNumber: 4,
    ...(isLargeShare(data) && { max: 1, interval: 0.25 }),
    axisLabel: { color: theme.quiet, hideOverlap: true, formatter: (value) => format(value, { short: true }) },
    splitLine: { lineStyle: { color: theme.line } },
  };
}

function axes(data, theme, format) {
  const pair = [categoryAxis(data, theme), valueAxis(data, theme, format)];
  if (data.horizontal) return { yAxis: { ...pair[0], inverse: true }, xAxis: pair[1] };
  return { xAxis: pair[0], yAxis: pair[1] };
}

function target(data, theme) {
  if (data.target == null) return undefined;
  return {
    silent: true,
    symbol: "none",
    lineStyle: { color: theme.quiet, type: "dashed" },
    label: { color: theme.quiet, formatter: data.target_label ?? "", position: "insideEndTop" },
    data: [{ [data.horizontal ? "xAxis" : "yAxis"]: data.target }],
  };
}

function line(data, theme, format) {
  const series = data.series.flatMap((row, index) => {
    const tone = toneOf(row, index, theme);
    return [...band(row, tone), {
      type: "line",
      name: row.name,
      data: row.values,
      symbol: "circle",
      symbolSize: 6,
      showSymbol: data.labels.length <= 13,
      lineStyle: { width: 2, type: row.dashed ? "dashed" : "solid" },
      color: tone(),
      endLabel: { show: data.series.length > 1, formatter: "{a}", color: tone(), distance: 8 },
      markLine: index === 0 ? target(data, theme) : undefined,
    }];
  });
  return { ...axes({ ...data, horizontal: false }, theme, format), series };
}

// An interval is a band: an invisible base with the width stacked on it.
function band(row, tone) {
  if (!row.low || !row.high) return [];
  const shared = { type: "line", stack: `band-${row.name}`, symbol: "none", silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false } };
  return [
    { ...shared, data: row.low },
    { ...shared, data: row.high.map((high, i) => high - row.low[i]), areaStyle: { color: tone(0.14) } },
  ];
}

function bar(data, theme, format, stacked = false) {
  const single = data.series.length === 1;
  const series = data.series.map((row, index) => ({
    type: "bar",
    name: row.name,
    stack: stacked ? "all" : undefined,
    barMaxWidth: 36,
    data: row.values.map((value, i) => ({ value, itemStyle: row.tones ? { color: theme.tones[row.tones[i]]() } : undefined })),
    color: toneOf(row, index, theme)(),
    itemStyle: { borderRadius: stacked ? 0 : data.horizontal ? [0, 3, 3, 0] : [3, 3, 0, 0] },
    label: {
      show: single && data.labels.length <= 12,
      position: data.horizontal ? "right" : "top",
      color: theme.text,
      formatter: ({ value }) => format(value),
    },
    emphasis: { focus: single ? "none" : "series" },
    cursor: data.links ? "pointer" : "default",
    markLine: index === 0 ? target(data, theme) : undefined,
  }));
  const grid = { left: 4, right: data.horizontal ? 56 : 12, top: 24, bottom: 4, containLabel: true };
  return { ...axes(data, theme, format), grid, series };
}

function stack(data, theme, format) {
  return bar(data, theme, format, true);
}

// A value with its interval, one row a label: the honest way to show a rate.
function dots(data, theme, format) {
  const row = data.series[0];
  const toneAt = (i) => theme.tones[row.tones?.[i] ?? row.tone ?? "accent"];
  const whisker = {
    type: "custom",
    silent: true,
    tooltip: { show: false },
    data: row.values.map((_, i) => [row.low[i], i, row.high[i]]),
    renderItem: (params, api) => {
      const from = api.coord([api.value(0), api.value(1)]);
      const to = api.coord([api.value(2), api.value(1)]);
      const style = { stroke: toneAt(params.dataIndex)(0.55), lineWidth: 3, lineCap: "round" };
      return { type: "line", shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }, style };
    },
    encode: { x: [0, 2], y: 1 },
  };
  const points = {
    type: "scatter",
    name: row.name,
    symbolSize: 13,
    data: row.values.map((value, i) => ({ value: [value, i], itemStyle: { color: toneAt(i)() } })),
    label: { show: true, position: "top", distance: 8, color: theme.text, fontWeight: 600, formatter: ({ value }) => format(value[0]) },
    tooltip: { trigger: "item", formatter: ({ dataIndex: i }) => `${data.labels[i]}  ${format(row.values[i])}\n${format(row.low[i])} – ${format(row.high[i])}` },
  };
  const shape = axes({ ...data, horizontal: true }, theme, format);
  shape.xAxis.min = row.low.some((low) => low < 0) ? undefined : 0; // differences may be below 0
  points.markLine = target({ ...data, horizontal: true }, theme);
  return { ...shape, grid: { left: 4, right: 24, top: 20, bottom: 4, containLabel: true }, tooltip: { ...frame(data, theme, format).tooltip, trigger: "item" }, series: [whisker, points] };
}

// rows × columns; `rows` names the y axis, values[row][column].
function heat(data, theme, format) {
  const cells = data.values.flatMap((row, y) => row.map((value, x) => [x, y, value ?? "-"]));
  const known = cells.map((cell) => cell[2]).filter((value) => value !== "-");
  return {
    xAxis: { ...categoryAxis(data, theme), position: "top", axisLine: { show: false } },
    yAxis: { type: "category", data: data.rows, inverse: true, axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: theme.quiet } },
    grid: { left: 4, right: 4, top: 4, bottom: 4, containLabel: true },
    visualMap: { show: false, min: 0, max: Math.max(...known, 0.0001), inRange: { color: [theme.tones.accent(0.05), theme.tones.accent(0.6)] } },
    tooltip: { show: false },
    series: [{ type: "heatmap", data: cells, itemStyle: { borderColor: theme.surface, borderWidth: 2, borderRadius: 4 }, label: { show: true, color: theme.text, formatter: ({ value }) => (value[2] === "-" ? "" : format(value[2])) } }],
  };
}
