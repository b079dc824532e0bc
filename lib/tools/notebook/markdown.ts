/**
 * Markdown as HTML: GitHub's dialect, mathematics typeset by KaTeX, and TypeScript lightly coloured.
 * @module
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import katex from "katex";
import { Marked, type MarkedExtension, type Tokens } from "marked";
import { escapeHtml } from "../../util/escape.js";

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
  /** The notebook's own text, with the HTML that it holds. */
  render(markdown: string): string;
  /**
   * Text of unknown origin, such as a problem or a model's answer: its HTML is shown and not obeyed, and a
   * text too long or too deeply nested to render is shown as it is.
   */
  renderUntrusted(markdown: string): string;
  /** All headings so far. */
  headings: Heading[];
}

/**
 * A renderer for one page. Headings get the anchors that Jupyter gives them (spaces become hyphens), numbered
 * if two are alike. Only images in data URLs are shown, because the page loads nothing: others become links.
 */
export function markdownRenderer(): MarkdownRenderer {
  const headings: Heading[] = [];
  const render = rendererOf({ headings });
  const renderEscaped = rendererOf({ headings, html: ({ text }) => escapeHtml(text) });
  return {
    headings,
    render,
    renderUntrusted(markdown) {
      if (markdown.length > longestUntrusted) return plainText(markdown);
      try {
        return renderEscaped(markdown);
      } catch {
        return plainText(markdown);
      }
    },
  };
}

/** Characters of untrusted text that are rendered: enough for any answer, and too few to nest for seconds. */
const longestUntrusted = 20_000;

function plainText(text: string): string {
  return `<pre tabindex="0">${escapeHtml(text)}</pre>\n`;
}

interface PageRenderer {
  headings: Heading[];
  /** What becomes of raw HTML; it is kept by default. */
  html?: (token: { text: string }) => string;
}

function rendererOf({ headings, html }: PageRenderer): (markdown: string) => string {
  const marked = new Marked(mathExtension, {
    renderer: {
      ...(html && { html }),
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
        const label = escapeHtml(text || href);
        return href.startsWith("data:image/")
          ? `<img src="${escapeHtml(href)}" alt="${label}">`
          : linkHtml(href, label);
      },
      link({ href, tokens }) {
        return linkHtml(href, this.parser.parseInline(tokens));
      },
    },
  });
  return (markdown) => marked.parse(markdown, { async: false });
}

/** A link that can only lead to a page, an address or a place on this page; of any other the text remains. */
function linkHtml(href: string, label: string): string {
  return /^(https?:|mailto:|#)/i.test(href) ? `<a href="${escapeHtml(href)}">${label}</a>` : label;
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

/**
 * Teaches marked mathematics, `$…$` and `$$…$$`. As in Pandoc, a dollar sign opens inline mathematics only
 * before a character that is no space, and closes it only after such a character and not before a digit, so
 * that prices stay prices.
 */
const mathExtension: MarkedExtension = {
  // A star or an underscore within mathematics neither begins nor ends emphasis.
  hooks: { emStrongMask: (text) => text.replace(/\$[^$`]+\$/g, (tex) => "x".repeat(tex.length)) },
  extensions: [
    {
      name: "blockMath",
      level: "block",
      start: (text) => text.match(/^ {0,3}\$\$/m)?.index,
      tokenizer: (text) => mathToken("blockMath", /^ {0,3}\$\$([\s\S]+?)\$\$[ \t]*(?:\n|$)/.exec(text)),
      renderer: ({ tex }) => `<p class="math" tabindex="0">${typeset(tex, true)}</p>\n`,
    },
    {
      name: "displayMath",
      level: "inline",
      start: (text) => text.indexOf("$"),
      tokenizer: (text) => mathToken("displayMath", /^\$\$([^$]+)\$\$/.exec(text)),
      renderer: ({ tex }) => typeset(tex, true),
    },
    {
      name: "inlineMath",
      level: "inline",
      start: (text) => text.indexOf("$"),
      tokenizer: (text) => mathToken("inlineMath", /^\$((?!\s)(?:\\[\s\S]|[^\\$`])+?)(?<!\s)\$(?!\d)/.exec(text)),
      renderer: ({ tex }) => typeset(tex, false),
    },
  ],
};

/** KaTeX's style sheet with its fonts (only woff2) written into it. */
export function mathStyles(): string {
  const file = require.resolve("katex/dist/katex.min.css");
  const fontFiles = /src:url\(([^)]+\.woff2)\) format\("woff2"\)[^;}]*/g;
  return readFileSync(file, "utf8").replace(fontFiles, (_, font: string) => {
    const content = readFileSync(join(dirname(file), font), "base64");
    return `src:url(data:font/woff2;base64,${content}) format("woff2")`;
  });
}

function mathToken(type: string, match: RegExpExecArray | null): Tokens.Generic | undefined {
  return match === null ? undefined : { type, raw: match[0], tex: match[1]?.trim() };
}

/** What KaTeX cannot read is shown as it is, in red, with the reason as its tooltip. */
function typeset(tex: string, displayMode: boolean): string {
  return katex.renderToString(tex, { displayMode, throwOnError: false, strict: false, maxSize: 40 });
}

const keywords =
  "as|async|await|break|case|catch|class|const|continue|default|else|export|extends|false|finally|for|from|function|if|" +
  "import|in|instanceof|interface|let|new|null|of|return|satisfies|switch|this|throw|true|try|type|typeof|undefined|while";

const token = new RegExp(
  [
    String.raw`(?<comment>\/\/.*|\/\*[\s\S]*?\*\/)`,
    String.raw`(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\`(?:\\.|[^\`\\])*\`)`,
    String.raw`(?<number>\b\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?\b)`,
    String.raw`(?<keyword>(?<![.\w])(?:${keywords})\b(?!\s*:))`,
  ].join("|"),
  "g",
);

/** TypeScript as HTML: comments, strings, numbers and keywords each in a span of that class. */
export function highlight(code: string): string {
  let html = "";
  let end = 0;
  for (const match of code.matchAll(token)) {
    const [kind] = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? [];
    html += `${escapeHtml(code.slice(end, match.index))}<span class="${kind}">${escapeHtml(match[0])}</span>`;
    end = match.index + match[0].length;
  }
  return html + escapeHtml(code.slice(end));
}
