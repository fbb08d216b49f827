// What every page loads: htmx, Alpine (its CSP build), Basecoat's menus, and our own few lines.
import Alpine from "@alpinejs/csp";
import "basecoat-css/basecoat.min";
import "basecoat-css/dropdown-menu.min";
import "basecoat-css/tabs.min";
import htmx from "htmx.org";
import { loadCharts } from "./charts-on-demand.js";
import "./dialogs.js";
import "./feedback.js";
import "./list-keys.js";
import "./merge-fields.js";
import "./preferences.js";
import "./search.js";
import "./shortcuts.js";

window.htmx = htmx;
window.Alpine = Alpine;
Alpine.start();

document.addEventListener("htmx:load", (event) => loadCharts(event.detail.elt));
loadCharts(document);
