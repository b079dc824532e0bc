/**
 * The still images of an executed notebook's figures, which are shown where scripts do not run.
 * @module
 */
import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import type { MimeBundle, Notebook } from "./notebook.js";

const plotlyType = "application/vnd.plotly.v1+json";
/** As `showFigure` draws it, without a browser. */
const drawing = /data:image\/svg\+xml;base64,[^"]*/;

interface PlotlyFigure {
  data: unknown;
  layout: { height?: number };
}

/** What the page below offers. */
interface PlotlyPage {
  Plotly: { toImage(figure: PlotlyFigure, options: object): Promise<string> };
}

/**
 * Replaces the drawing in each figure's HTML by a PNG of the interactive plot, 760 pixels wide: code hosts
 * and Jupyter show this format in any notebook, and it looks like the plot because it is one.
 */
export async function drawStillImages({ cells }: Notebook, browser: Browser): Promise<void> {
  const page = await browser.newPage();
  await page.addScriptTag({ content: readFileSync(require.resolve("plotly.js"), "utf8") });
  const bundles = cells.flatMap((cell) => (cell.cell_type === "code" ? cell.outputs.flatMap(bundleOf) : []));
  for (const bundle of bundles) {
    const html = bundle["text/html"];
    if (bundle[plotlyType] !== undefined && typeof html === "string") {
      const image = await page.evaluate(
        (figure) =>
          (globalThis as unknown as PlotlyPage).Plotly.toImage(figure, {
            format: "png",
            width: 760,
            height: figure.layout.height,
            scale: 1,
          }),
        bundle[plotlyType] as PlotlyFigure,
      );
      bundle["text/html"] = html.replace(drawing, image);
    }
  }
  await page.close();
}

function bundleOf(output: { data?: MimeBundle } | object): MimeBundle[] {
  return "data" in output && output.data ? [output.data] : [];
}
