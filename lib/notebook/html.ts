/**
 * An executed notebook as one page that opens without a network.
 * @module
 */
import { readFileSync } from "node:fs";
import { assetPath } from "../assets.js";
import { codeForScript, escapeHtml } from "../escape.js";
import { highlight } from "./highlight.js";
import { type Heading, type MarkdownRenderer, markdownRenderer } from "./markdown.js";
import { mathStyles } from "./math.js";
import type { Cell, CodeCell, Notebook } from "./notebook.js";
import { outputToHtml } from "./output-html.js";
import { textOfOutputs } from "./outputs.js";

/** Whatever a cell's output contains, the page can load nothing: styles, scripts, fonts and images all stand in it. */
const contentPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:; font-src data:";

/**
 * The page: a table of contents, the text with its mathematics typeset, the code, and the outputs with interactive
 * figures. `ranAt` is the time named under the title.
 */
export function notebookToHtml(notebook: Notebook, ranAt: Date = new Date()): string {
  const markdown = markdownRenderer();
  const cells = notebook.cells.map((cell) => cellToHtml(cell, markdown)).join("\n");
  const title = markdown.headings[0]?.text ?? "Notebook";
  const styles = [cells.includes('class="katex') ? mathStyles() : "", asset("page.css")];
  const libraries = cells.includes('<figure class="plot"') ? [plotlyScript()] : [];
  const scripts = [...libraries, asset("page.js")];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy}">
<title>${escapeHtml(title)}</title>
<style>${styles.join("\n")}</style>
</head>
<body>
${contentsToHtml(markdown.headings)}
<main>
<p class="facts">${factsOf(notebook, ranAt).map(escapeHtml).join(" · ")}</p>
${cells}
</main>
${scripts.map((script) => `<script>${codeForScript(script)}</script>`).join("\n")}
</body>
</html>
`;
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
  return `<section class="code" data-count="[${cell.execution_count ?? " "}]">
<pre class="source" tabindex="0"><code>${highlight(cell.source)}</code></pre>
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

/** When and where the notebook ran; the backend is what a cell prints in a line that begins with this word. */
function factsOf({ cells }: Notebook, ranAt: Date): string[] {
  const texts = cells.map((cell) => (cell.cell_type === "code" ? textOfOutputs(cell.outputs) : ""));
  const [, backend = ""] = texts.join("\n").match(/^Backend +(.+)$/m) ?? [];
  const date = `${ranAt.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return [date, backend, `Node.js ${process.version}`].filter((fact) => fact !== "");
}

function asset(name: string): string {
  return readFileSync(assetPath(`notebook/${name}`), "utf8");
}

function plotlyScript(): string {
  return readFileSync(require.resolve("plotly.js"), "utf8");
}
