/**
 * An executed notebook as one page that opens without a network.
 * @module
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { assetPath } from "../../util/assets.js";
import { codeForScript, escapeHtml, jsonForScript, terminalTextToHtml } from "../../util/escape.js";
import { type Heading, highlight, type MarkdownRenderer, markdownRenderer, mathStyles } from "./markdown.js";
import { type Cell, type CodeCell, type MimeBundle, type Notebook, type Output, tagsOf, titleOf } from "./notebook.js";
import { textOfOutputs } from "./outputs.js";
import { runFactsOf } from "./run-facts.js";

/**
 * Whatever a cell's output contains, the page loads nothing (it contains its styles, fonts and images) and
 * runs only the scripts whose hashes are named.
 */
function contentPolicy(scripts: readonly string[]): string {
  const hashes = scripts.map((script) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`).join(" ");
  return `default-src 'none'; style-src 'unsafe-inline'; script-src ${hashes}; img-src data: blob:; font-src data:`;
}

const plotlyType = "application/vnd.plotly.v1+json";
/** Marks the display that brings plotly.js into a notebook; the page brings its own. */
const plotlyMarker = "<!-- plotly.js -->";
const imageTypes = ["image/png", "image/jpeg", "image/gif"];

/** A file that the run wrote. */
interface OutputFile {
  name: string;
  /** Its address relative to the page. */
  href: string;
}

/**
 * The page: a table of contents, the facts of the run with a link to each of its `files`, the text with its
 * mathematics typeset, the code folded, and the outputs with interactive figures.
 */
export function notebookToHtml(notebook: Notebook, files: readonly OutputFile[] = []): string {
  const markdown = markdownRenderer();
  const cells = notebook.cells.map((cell) => cellToHtml(cell, markdown)).join("\n");
  const title = markdown.headings[0]?.text ?? "Notebook";
  const styles = [cells.includes('class="katex') ? mathStyles() : "", asset("tools/notebook/page.css")];
  const libraries = cells.includes('<figure class="plot"') ? [plotlyScript(), asset("plot/draw.js")] : [];
  const scripts = [...libraries, asset("tools/notebook/page.js")].map(codeForScript);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy(scripts)}">
<meta name="description" content="${escapeHtml(descriptionOf(notebook))}">
<title>${escapeHtml(title)}</title>
<style>${styles.join("\n")}</style>
</head>
<body>
<a class="skip" href="#text">Skip to the text</a>
${contentsToHtml(markdown.headings)}
<main id="text" tabindex="-1">
${belowTitle(cells, `${resultToHtml(notebook, markdown)}\n${factsToHtml(notebook, files)}`)}
</main>
${scripts.map((script) => `<script>${script}</script>`).join("\n")}
</body>
</html>
`;
}

/** Puts `html` below the title of the page, or at the top if it has no title. */
function belowTitle(cells: string, html: string): string {
  const end = cells.indexOf("</h1>");
  const place = end < 0 ? 0 : end + "</h1>".length;
  return `${cells.slice(0, place)}\n${html}\n${cells.slice(place)}`;
}

/** What the run came to, shown first: the sentence and the figure of the cell with the tag "result". */
function resultToHtml({ cells }: Notebook, markdown: MarkdownRenderer): string {
  const result = cells.find((cell) => tagsOf(cell).includes("result"));
  const bundles = result?.cell_type === "code" ? result.outputs.flatMap((o) => ("data" in o ? [o.data] : [])) : [];
  const sentence = bundles.find((bundle) => bundle["text/markdown"] !== undefined);
  const figure = bundles.find((bundle) => bundle[plotlyType] !== undefined);
  const shown = [sentence, figure].flatMap((bundle) => (bundle ? [bundleToHtml(bundle, markdown)] : []));
  return shown.length === 0 ? "" : `<section class="result" aria-label="Result">${shown.join("\n")}</section>`;
}

/** The first paragraph of the text below the title, without its marks. */
function descriptionOf({ cells }: Notebook): string {
  const [, paragraph = ""] = cells.find((cell) => cell.cell_type === "markdown")?.source.split(/\n{2,}/) ?? [];
  return paragraph.replace(/[*`]/g, "").replaceAll("\n", " ");
}

function cellToHtml(cell: Cell, markdown: MarkdownRenderer): string {
  switch (cell.cell_type) {
    case "markdown":
      return `<section class="markdown">${markdown.render(cell.source)}</section>`;
    case "code":
      return cell.source.trim() === "" ? "" : codeCellToHtml(cell, markdown);
    case "raw":
      return "";
  }
}

function codeCellToHtml(cell: CodeCell, markdown: MarkdownRenderer): string {
  const outputs = cell.outputs.map((output) => outputToHtml(output, markdown)).filter((html) => html !== "");
  return `<section class="code" id="cell-${escapeHtml(cell.id)}">
<details class="source"><summary><span class="count">[${cell.execution_count ?? " "}]</span> ${escapeHtml(titleOf(cell))}</summary>
<pre tabindex="0"><code>${highlight(cell.source)}</code></pre></details>
${outputs.map((html) => `<div class="output">${html}</div>`).join("\n")}
</section>`;
}

/** Headings of the second and third level, as a list of links. */
function contentsToHtml(headings: Heading[]): string {
  const items = headings
    .filter(({ level }) => level === 2 || level === 3)
    .map(
      ({ level, text, anchor }) =>
        `<li class="level-${level}"><a href="#${escapeHtml(anchor)}">${escapeHtml(text)}</a></li>`,
    );
  return items.length === 0
    ? ""
    : `<nav aria-label="Contents"><details><summary>Contents</summary><ol>${items.join("\n")}</ol></details></nav>`;
}

/**
 * When, where and with what the notebook ran, what its summary says, the files it wrote, and the switch for
 * the code.
 */
function factsToHtml(notebook: Notebook, files: readonly OutputFile[]): string {
  const { date, versions = {} } = runFactsOf(notebook) ?? {};
  const links = files.map(({ name, href }) => `<a href="${escapeHtml(href)}">${escapeHtml(name)}</a>`);
  const facts = [
    ["Date", escapeHtml(date ?? "")],
    ...summaryOf(notebook).map(({ name, value }) => [escapeHtml(name), escapeHtml(value)]),
    [
      "Versions",
      escapeHtml(
        Object.entries(versions)
          .map((version) => version.join(" "))
          .join(", "),
      ),
    ],
    ["Files", links.join(", ")],
  ].filter(([, value]) => value !== "");
  const list = facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join("\n");
  return `${list === "" ? "" : `<dl class="facts" aria-label="The run">${list}</dl>`}
<p class="switch"><button type="button" id="code-switch" hidden></button></p>`;
}

/**
 * What the cell with the tag "summary" printed, line by line: a word, two or more spaces, and what it is. If
 * the run ended before that cell, the line that begins with "Backend", whichever cell printed it.
 */
function summaryOf({ cells }: Notebook): { name: string; value: string }[] {
  const textOf = (cell: Cell): string => (cell.cell_type === "code" ? textOfOutputs(cell.outputs) : "");
  const summary = cells
    .filter((cell) => tagsOf(cell).includes("summary"))
    .map(textOf)
    .join("");
  const backend = cells
    .map(textOf)
    .join("\n")
    .match(/^Backend .+$/m);
  return [...(summary || backend?.[0] || "").matchAll(/^(\w+) {2,}(\S.*)$/gm)].map(([, name = "", value = ""]) => ({
    name,
    value,
  }));
}

function asset(name: string): string {
  return readFileSync(assetPath(name), "utf8");
}

function plotlyScript(): string {
  return readFileSync(require.resolve("plotly.js"), "utf8");
}

/** One output; empty if the page has nothing to show for it. Figures are drawn by the page's script. */
function outputToHtml(output: Output, markdown: MarkdownRenderer): string {
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
  if (bundle[plotlyType] !== undefined) return figureToHtml(bundle);
  const html = textIn(bundle, "text/html");
  if (html !== undefined) return html.includes(plotlyMarker) ? "" : `<div class="html" tabindex="0">${html}</div>`;
  const svg = textIn(bundle, "image/svg+xml");
  if (svg !== undefined) return imageToHtml("image/svg+xml", Buffer.from(svg).toString("base64"));
  for (const type of imageTypes) {
    const image = textIn(bundle, type);
    if (image !== undefined) return imageToHtml(type, image.replaceAll("\n", ""));
  }
  const source = textIn(bundle, "text/markdown") ?? textIn(bundle, "text/latex");
  if (source !== undefined) return `<div class="markdown">${markdown.renderUntrusted(source)}</div>`;
  return `<pre>${terminalTextToHtml(textIn(bundle, "text/plain") ?? "")}</pre>`;
}

function textIn(bundle: MimeBundle, type: string): string | undefined {
  const value = bundle[type];
  return typeof value === "string" ? value : undefined;
}

function imageToHtml(type: string, base64: string): string {
  return `<img src="data:${type};base64,${escapeHtml(base64)}" alt="">`;
}

/** The drawing, made by the page's script, and the notebook's still image, which replaces it on paper. */
function figureToHtml(bundle: MimeBundle): string {
  const description = escapeHtml(textIn(bundle, "text/plain") ?? "Figure");
  const [, image = ""] = textIn(bundle, "text/html")?.match(/<img src="(data:image\/[^"]+)"/) ?? [];
  return `<figure class="plot" role="img" aria-label="${description}"><div class="drawing"></div>
<img class="still" src="${escapeHtml(image)}" alt="">
<script type="application/json">${jsonForScript(bundle[plotlyType])}</script></figure>`;
}
