// Colours as the page has them now, turned into rgba() because ECharts cannot read light-dark().
const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

function resolve(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  pen.clearRect(0, 0, 1, 1);
  pen.fillStyle = getComputedStyle(probe).color;
  probe.remove();
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
  return (opacity = 1) => `rgba(${red},${green},${blue},${((alpha / 255) * opacity).toFixed(3)})`;
}

export function readTheme() {
  const tones = {
    accent: resolve("--chart-1"),
    neutral: resolve("--chart-2"),
    second: resolve("--chart-3"),
    third: resolve("--chart-4"),
    fourth: resolve("--chart-5"),
    good: resolve("--good-fill"),
    watch: resolve("--watch-fill"),
    act: resolve("--act-fill"),
  };
  return {
    tones,
    order: ["accent", "neutral", "second", "third", "fourth"],
    text: resolve("--foreground")(),
    quiet: resolve("--muted-foreground")(),
    line: resolve("--border")(),
    surface: resolve("--card")(),
    popover: resolve("--popover")(),
    font: getComputedStyle(document.body).fontFamily,
  };
}
