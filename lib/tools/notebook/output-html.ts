/**
 * The outputs of a cell as HTML.
 * @module
 */
import { escapeHtml, jsonForScript, terminalTextToHtml } from "../../util/escape.js";
import type { MarkdownRenderer } from "./markdown.js";
import type { MimeBundle, Output } from "./notebook.js";

const plotlyType = "application/vnd.plotly.v1+json";
/** Marks the display that brings plotly.js into a notebook; the page brings its own. */
const plotlyMarker = "<!-- plotly.js -->";
const imageTypes = ["image/png", "image/jpeg", "image/gif"];

/** One output; empty if the page has nothing to show for it. Figures are drawn by the page's script. */
export function outputToHtml(output: Output, markdown: MarkdownRenderer): string {
  switch (output.output_type) {
    case "stream":
      return `<pre class="${output.name}">${terminalTextToHtml(output.text)}</pre>`;
    case "error":
      return `<pre class="stderr">${terminalTextToHtml(output.traceback.join("\n"))}</pre>`;
    default:
      return bundleToHtml(output.data, markdown);
  }
}

/** The richest form that the bundle holds. */
function bundleToHtml(bundle: MimeBundle, markdown: MarkdownRenderer): string {
  if (bundle[plotlyType] !== undefined)
    return figureToHtml(bundle);
  const html = textIn(bundle, "text/html");
  if (html !== undefined) return html.includes(plotlyMarker) ? "" : `<div class="html" tabindex="0">${html}</div>`;
  const svg = textIn(bundle, "image/svg+xml");
  if (svg !== undefined) return imageToHtml("image/svg+xml", Buffer.from(svg).toString("base64"));
  for (const type of imageTypes) {
    const image = textIn(bundle, type);
    if (image !== undefined) return imageToHtml(type, image.replaceAll("\n", ""));
  }
  const source = textIn(bundle, "text/markdown") ?? textIn(bundle, "text/latex");
  if (source !== undefined) return `<div class="markdown">${markdown.render(source)}</div>`;
  return `<pre>${terminalTextToHtml(textIn(bundle, "text/plain") ?? "")}</pre>`;
}

function textIn(bundle: MimeBundle, type: string): string | undefined {
  const value = bundle[type];
  return typeof value === "string" ? value : undefined;
}

function imageToHtml(type: string, base64: string): string {
  return `<img src="data:${type};base64,${escapeHtml(base64)}" alt="">`;
}

/** The drawing, made by the page's script, and the still image of the notebook, which stands for it on paper. */
function figureToHtml(bundle: MimeBundle): string {
  const description = escapeHtml(textIn(bundle, "text/plain") ?? "Figure");
  const [, image = ""] = textIn(bundle, "text/html")?.match(/<img src="(data:image\/[^"]+)"/) ?? [];
  return `<figure class="plot" role="img" aria-label="${description}"><div class="drawing"></div>
<img class="still" src="${escapeHtml(image)}" alt="">
<script type="application/json">${jsonForScript(bundle[plotlyType])}</script></figure>`;
}
