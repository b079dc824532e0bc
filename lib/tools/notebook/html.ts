/**
 * An executed notebook as one page that opens without a network.
 * @module
 */
import { readFileSync } from "node:fs";
import { assetPath } from "../../util/assets.js";
import { codeForScript, escapeHtml } from "../../util/escape.js";
import { highlight } from "./highlight.js";
import { type Heading, type MarkdownRenderer, markdownRenderer } from "./markdown.js";
import { mathStyles } from "./math.js";
import { type Cell, type CodeCell, type Notebook, tagsOf } from "./notebook.js";
import { outputToHtml } from "./output-html.js";
import { textOfOutputs } from "./outputs.js";
import { runFactsOf } from "./run-facts.js";

/** Whatever a cell's output contains, the page can load nothing: styles, scripts, fonts and images all stand in it. */
const contentPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:; font-src data:";

/** A file that the run wrote. */
export interface OutputFile {
  name: string;
  /** Its place as seen from the page. */
  href: string;
}

/**
 * The page: a table of contents, the facts of the run with a link to each of its `files`, the text with its mathematics
 * typeset, the code folded, and the outputs with interactive figures.
 */
export function notebookToHtml(notebook: Notebook, files: readonly OutputFile[] = []): string {
  const markdown = markdownRenderer();
  const cells = notebook.cells.map((cell) => cellToHtml(cell, markdown)).join("\n");
  const title = markdown.headings[0]?.text ?? "Notebook";
  const styles = [cells.includes('class="katex') ? mathStyles() : "", asset("tools/notebook/page.css")];
  const libraries = cells.includes('<figure class="plot"') ? [plotlyScript(), asset("plot/draw.js")] : [];
  const scripts = [...libraries, asset("tools/notebook/page.js")];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy}">
<meta name="description" content="${escapeHtml(descriptionOf(notebook))}">
<title>${escapeHtml(title)}</title>
<style>${styles.join("\n")}</style>
</head>
<body>
<a class="skip" href="#text">Skip to the text</a>
${contentsToHtml(markdown.headings)}
<main id="text" tabindex="-1">
${belowTitle(cells, factsToHtml(notebook, files))}
</main>
${scripts.map((script) => `<script>${codeForScript(script)}</script>`).join("\n")}
</body>
</html>
`;
}

/** Puts `html` below the title of the page, or above all where there is none. */
function belowTitle(cells: string, html: string): string {
  const end = cells.indexOf("</h1>");
  const place = end < 0 ? 0 : end + "</h1>".length;
  return `${cells.slice(0, place)}\n${html}\n${cells.slice(place)}`;
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
<details class="source"><summary><span class="count">[${cell.execution_count ?? " "}]</span> <code>${escapeHtml(leadingLine(cell.source))}</code></summary>
<pre tabindex="0"><code>${highlight(cell.source)}</code></pre></details>
${outputs.map((html) => `<div class="output">${html}</div>`).join("\n")}
</section>`;
}

/** What stands for the folded code: its first line that is neither an import nor a comment, if there is one. */
function leadingLine(source: string): string {
  const lines = source.trim().split("\n");
  return lines.find((line) => line.trim() !== "" && !/^(import\b|\/\/)/.test(line)) ?? lines[0] ?? "";
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

/** When, where and with what the notebook ran, what its summary says, the files it wrote, and the switch for the code. */
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
 * What the cell with the tag "summary" printed, line by line: a word, two or more spaces, and what it is. Where a run ended
 * before it, the line that begins with "Backend", whichever cell printed it.
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
