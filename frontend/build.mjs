// Builds everything the browser needs into dist/. Run by `npm run build`; nothing here is committed.
import { execFileSync } from "node:child_process";
import {
  cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync,
} from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const packages = "node_modules";
process.chdir(fileURLToPath(new URL(".", import.meta.url))); // paths may hold spaces or Chinese

// Built beside dist/ and put in its place at the end: a running server never sees half a build.
const dist = `.dist-${process.pid}`;

function swapIn() {
  const old = `${dist}-old`;
  if (existsSync("dist")) renameSync("dist", old);
  renameSync(dist, "dist");
  rmSync(old, { recursive: true, force: true });
}

function buildStyles() {
  const cli = `${packages}/@tailwindcss/cli/dist/index.mjs`;
  execFileSync(process.execPath, [cli, "-i", "input.css", "-o", `${dist}/app.css`, "--minify"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

// Charts are a file of their own: app.js asks for it only when a page shows one.
async function buildScripts() {
  await build({
    entryPoints: ["src/app.js", "src/charts.js"],
    outdir: dist,
    bundle: true,
    minify: true,
    format: "esm",
    target: ["chrome111", "firefox115", "safari16.4"],
    legalComments: "none",
    logLevel: "warning",
  });
}

function copyFonts() {
  const fonts = `${packages}/@fontsource-variable/inter/files`;
  for (const subset of ["latin", "latin-ext"]) {
    cpSync(`${fonts}/inter-${subset}-wght-normal.woff2`, `${dist}/fonts/inter-${subset}.woff2`);
  }
}

// One file, name → inner markup, read by the server (`{% icon %}`) and never by the browser.
function collectIcons() {
  const folder = `${packages}/lucide-static/icons`;
  const icons = {};
  for (const file of readdirSync(folder)) {
    if (!file.endsWith(".svg")) continue;
    const inner = readFileSync(`${folder}/${file}`, "utf8").match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1];
    icons[file.slice(0, -4)] = inner.replace(/\s+/g, " ").trim();
  }
  writeFileSync(`${dist}/icons.json`, JSON.stringify(icons));
}

try {
  mkdirSync(`${dist}/fonts`, { recursive: true });
  buildStyles();
  await buildScripts();
  copyFonts();
  collectIcons();
  cpSync("src/favicon.svg", `${dist}/favicon.svg`);
  cpSync("src/error.css", `${dist}/error.css`); // for 500.html, which may lean on nothing else
  swapIn();
} finally {
  rmSync(dist, { recursive: true, force: true });
}
