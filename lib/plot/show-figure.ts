/**
 * Figures in a notebook: interactive where scripts run or Plotly's format is known, a still image where they
 * do not (in a notebook that is not trusted), a description on a console.
 * @module
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { assetPath } from "../util/assets.js";
import { codeForScript, escapeHtml, jsonForScript } from "../util/escape.js";
import { show } from "./display.js";
import type { Figure } from "./figure.js";
import { figureSvg } from "./svg.js";

const config = { responsive: true, displayModeBar: false };

let hasLibrary = false;

/**
 * Puts plotly.js into the output of the cell that calls it, for all figures of the notebook. A cell that is
 * run again puts it there again, so that a notebook holds it once, however often and in whichever order its
 * figures are drawn.
 */
export function prepareFigures(): void {
  show({ "text/html": libraryHtml() });
  hasLibrary = true;
}

/**
 * Shows a figure; unless `prepareFigures` has run in this kernel, the first one brings plotly.js along.
 *
 * @example
 * showFigure(rewardFigure(await readTrainingCurve(connection, job.id)));
 */
export function showFigure(figure: Figure): void {
  const { data, layout, alt } = figure;
  if (!hasLibrary) prepareFigures();
  show({
    "text/html": figureHtml(figure),
    "application/vnd.plotly.v1+json": { data, layout, config },
    "text/plain": alt,
  });
}

/** plotly.js and how we draw with it, and a signal for the figures that stood on the page before it. */
function libraryHtml(): string {
  const code = [require.resolve("plotly.js"), assetPath("plot/draw.js")].map((file) => readFileSync(file, "utf8"));
  return `<!-- plotly.js --><script>${codeForScript(code.join("\n"))}\ndispatchEvent(new Event("plotly-ready"));</script>`;
}

/** A still image, which a script replaces by the interactive plot. */
function figureHtml(figure: Figure): string {
  const { data, layout, alt } = figure;
  const image = Buffer.from(figureSvg(figure)).toString("base64");
  const id = `figure-${randomUUID()}`;
  const draw = `() => {
  const place = document.getElementById("${id}");
  place.textContent = "";
  drawFigure(place, ${jsonForScript({ data, layout, config })});
}`;
  return `<div id="${id}" role="img" aria-label="${escapeHtml(alt)}">
<img src="data:image/svg+xml;base64,${image}" alt="${escapeHtml(alt)}" style="max-width: 100%">
</div>
<script>{ const draw = ${draw};
window.drawFigure ? draw() : addEventListener("plotly-ready", draw, { once: true }); }</script>`;
}
