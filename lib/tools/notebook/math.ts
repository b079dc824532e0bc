/**
 * Mathematics in Markdown, `$…$` and `$$…$$`, typeset by KaTeX.
 * @module
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import katex from "katex";
import type { MarkedExtension, Tokens } from "marked";

/**
 * Teaches marked the two forms. As in Pandoc, a dollar sign opens inline mathematics only before a character that is no
 * space and closes it only after one and not before a digit, so that prices stay prices.
 */
export const mathExtension: MarkedExtension = {
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

/** KaTeX's style sheet with its fonts (woff2 alone) written into it. */
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
  return katex.renderToString(tex, { displayMode, throwOnError: false, strict: false });
}
