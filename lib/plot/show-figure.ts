/**
 * Figures in a notebook: interactive where scripts run or Plotly's format is known, a description everywhere else.
 * @module
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { codeForScript, escapeHtml, jsonForScript } from "../notebook/escape.js";
import { show } from "./display.js";
import type { Figure } from "./figure.js";

const config = { responsive: true, displayModeBar: false };

let libraryShown = false;

/** Shows a figure; the first one brings plotly.js along, once for all that follow in this kernel. */
export function showFigure({ data, layout, alt }: Figure): void {
  if (!libraryShown) show({ "text/html": libraryHtml() });
  libraryShown = true;
  show({
    "text/html": figureHtml({ data, layout, alt }),
    "application/vnd.plotly.v1+json": { data, layout, config },
    "text/plain": alt,
  });
}

/** plotly.js, and a signal for the figures that stood on the page before it. */
function libraryHtml(): string {
  const code = codeForScript(readFileSync(require.resolve("plotly.js"), "utf8"));
  return `<!-- plotly.js --><script>${code}\ndispatchEvent(new Event("plotly-ready"));</script>`;
}

/** The description, which a script replaces by the plot, drawn in the colour of the text around it. */
function figureHtml({ data, layout, alt }: Figure): string {
  const id = `figure-${randomUUID()}`;
  const draw = `() => {
  const place = document.getElementById("${id}");
  const { data, layout, config } = ${jsonForScript({ data, layout, config })};
  layout.font.color = getComputedStyle(place).color;
  place.textContent = "";
  Plotly.newPlot(place, data, layout, config);
}`;
  return `<div id="${id}" role="img" aria-label="${escapeHtml(alt)}">${escapeHtml(alt)}</div>
<script>{ const draw = ${draw};
window.Plotly ? draw() : addEventListener("plotly-ready", draw, { once: true }); }</script>`;
}
