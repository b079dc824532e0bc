/**
 * Light syntax colouring of TypeScript: comments, strings, numbers and keywords.
 * @module
 */
import { escapeHtml } from "../../util/escape.js";

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

/** `code` as HTML in which each such token stands in a span of its class. */
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
