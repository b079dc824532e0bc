/**
 * Figures in a notebook: interactive where scripts run or Plotly's format is known, a still image where they do not
 * (in a notebook that is not trusted), a description on a console.
 * @module
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { codeForScript, escapeHtml, jsonForScript } from "../escape.js";
import { show } from "./display.js";
import type { Figure } from "./figure.js";
import { figureSvg } from "./svg.js";

const config = { responsive: true, displayModeBar: false };

let libraryShown = false;

/** Shows a figure; the first one brings plotly.js along, once for all that follow in this kernel. */
export function showFigure(figure: Figure): void {
  const { data, layout, alt } = figure;
  if (!libraryShown) show({ "text/html": libraryHtml() });
  libraryShown = true;
  show({
    "text/html": figureHtml(figure),
    "application/vnd.plotly.v1+json": { data, layout, config },
    "text/plain": alt,
  });
}

/** plotly.js, and a signal for the figures that stood on the page before it. */
function libraryHtml(): string {
  const code = codeForScript(readFileSync(require.resolve("plotly.js"), "utf8"));
  return `<!-- plotly.js --><script>${code}\ndispatchEvent(new Event("plotly-ready"));</script>`;
}

/** A still image, which a script replaces by the interactive plot in the colour of the text around it. */
function figureHtml(figure: Figure): string {
  const { data, layout, alt } = figure;
  const image = Buffer.from(figureSvg(figure)).toString("base64");
  const id = `figure-${randomUUID()}`;
  const draw = `() => {
  const place = document.getElementById("${id}");
  const { data, layout, config } = ${jsonForScript({ data, layout, config })};
  layout.font.color = getComputedStyle(place).color;
  place.textContent = "";
  Plotly.newPlot(place, data, layout, config);
}`;
  return `<div id="${id}" role="img" aria-label="${escapeHtml(alt)}">
<img src="data:image/svg+xml;base64,${image}" alt="${escapeHtml(alt)}" style="max-width: 100%">
</div>
<script>{ const draw = ${draw};
window.Plotly ? draw() : addEventListener("plotly-ready", draw, { once: true }); }</script>`;
}
