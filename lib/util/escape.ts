/**
 * Text made safe for the places of a page where it is put.
 * @module
 */
import { stripVTControlCharacters } from "node:util";

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** `text` for an element's content or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** `value` as JSON that cannot end the script element it stands in. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/**
 * JavaScript that cannot end the script element it stands in: the sequences occur in string and
 * regular-expression literals alone.
 */
export function codeForScript(code: string): string {
  return code.replace(/<\/script/gi, "<\\/script").replaceAll("<!--", "<\\!--");
}

/**
 * Terminal output as HTML: without colours, and of a line that was rewritten with carriage returns only what
 * was last seen.
 */
export function terminalTextToHtml(text: string): string {
  const lines = stripVTControlCharacters(text).replaceAll("\r\n", "\n").split("\n");
  return escapeHtml(lines.map((line) => line.replace(/^[\s\S]*\r(?=.)/, "").replaceAll("\r", "")).join("\n"));
}
