/**
 * Markdown as HTML: GitHub's dialect and mathematics.
 * @module
 */
import { Marked } from "marked";
import { escapeHtml } from "../../util/escape.js";
import { highlight } from "./highlight.js";
import { mathExtension } from "./math.js";

/** A heading that was rendered. */
export interface Heading {
  /** 1 for the title to 6. */
  level: number;
  /** Its plain text. */
  text: string;
  /** The id of its element. */
  anchor: string;
}

/** Renders the texts of one page, whose headings it collects. */
export interface MarkdownRenderer {
  render(markdown: string): string;
  /** All headings so far. */
  headings: Heading[];
}

/**
 * A renderer for one page. Headings get the anchors that Jupyter gives them (spaces become hyphens), numbered where two are
 * alike. Images are shown only from data URLs, for the page loads nothing: others become links.
 */
export function markdownRenderer(): MarkdownRenderer {
  const headings: Heading[] = [];
  const marked = new Marked(mathExtension, {
    renderer: {
      heading({ depth, text, tokens }) {
        const plain = plainHeading(text);
        const alike = headings.filter((heading) => heading.text === plain).length;
        const anchor = plain.replaceAll(" ", "-") + (alike === 0 ? "" : `-${alike}`);
        headings.push({ level: depth, text: plain, anchor });
        const id = escapeHtml(anchor);
        const link = depth === 1 ? "" : `<a class="anchor" href="#${id}" aria-label="Link to this section">#</a>`;
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}${link}</h${depth}>\n`;
      },
      code({ text, lang }) {
        const isTypeScript = /^(ts|typescript|js|javascript)$/.test(lang ?? "");
        return `<pre tabindex="0"><code>${isTypeScript ? highlight(text) : escapeHtml(text)}</code></pre>\n`;
      },
      table(table) {
        const row = (cells: typeof table.header): string =>
          `<tr>${cells.map((cell) => this.tablecell(cell)).join("")}</tr>`;
        const body = table.rows.map(row).join("\n");
        return `<div class="table" tabindex="0"><table><thead>${row(table.header)}</thead><tbody>${body}</tbody></table></div>\n`;
      },
      image({ href, text }) {
        const [target, label] = [escapeHtml(href), escapeHtml(text || href)];
        return href.startsWith("data:image/")
          ? `<img src="${target}" alt="${label}">`
          : `<a href="${target}">${label}</a>`;
      },
    },
  });
  return { headings, render: (markdown) => marked.parse(markdown, { async: false }) };
}

/** The plain texts of the headings in a Markdown text. */
export function headingsIn(markdown: string): string[] {
  return new Marked().lexer(markdown).flatMap((token) => (token.type === "heading" ? [plainHeading(token.text)] : []));
}

/** The text of a heading without the marks of emphasis, code, links and mathematics. */
function plainHeading(markdown: string): string {
  return markdown
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*`$\\]/g, "")
    .trim();
}
