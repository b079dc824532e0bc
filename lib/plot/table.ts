/**
 * Tables in a notebook and on the console.
 * @module
 */
import { escapeHtml } from "../util/escape.js";
import { show } from "./display.js";

interface Column {
  name: string;
  cells: string[];
  isNumeric: boolean;
}

/** Characters that a cell may take on a console. */
const widestCell = 60;

/**
 * Shows rows as a table with one column for each key, in the order in which the keys first appear; without rows, the word
 * "none".
 */
export function showTable(rows: readonly object[]): void {
  if (rows.length === 0) show({ "text/plain": "none" });
  else show({ "text/html": tableHtml(rows), "text/plain": tableText(rows) });
}

/** The table as HTML: numbers to the right, text to the left with its line breaks. Code hosts keep `align` and no styles. */
export function tableHtml(rows: readonly object[]): string {
  const columns = columnsOf(rows);
  const cell = (tag: "th" | "td", text: string, { isNumeric }: Column): string => {
    const side = isNumeric ? "right" : "left";
    return `<${tag} align="${side}" style="text-align: ${side}; white-space: pre-wrap">${escapeHtml(text)}</${tag}>`;
  };
  const body = rows.map((_, row) => columns.map((column) => cell("td", column.cells[row] ?? "", column)).join(""));
  return [
    "<table>",
    `<thead><tr>${columns.map((column) => cell("th", column.name, column)).join("")}</tr></thead>`,
    `<tbody>${body.map((cells) => `<tr>${cells}</tr>`).join("\n")}</tbody>`,
    "</table>",
  ].join("\n");
}

/** The table in characters of equal width; long texts are shortened. */
export function tableText(rows: readonly object[]): string {
  const columns = columnsOf(rows).map(({ name, cells, isNumeric }) => {
    const texts = [name, ...cells].map(shortened);
    const width = Math.max(...texts.map((text) => text.length));
    return texts.map((text) => (isNumeric ? text.padStart(width) : text.padEnd(width)));
  });
  const line = (_: object, i: number): string => columns.map((column) => column[i]).join("  ");
  return [...rows, {}].map((row, i) => line(row, i).trimEnd()).join("\n");
}

function columnsOf(rows: readonly object[]): Column[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const records = rows.map((row) => new Map<string, unknown>(Object.entries(row)));
  return names.map((name) => {
    const values = records.map((record) => record.get(name));
    return { name, cells: values.map(cellText), isNumeric: values.every((value) => typeof value === "number") };
  });
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  return value.toLocaleString("en-US", Number.isInteger(value) ? {} : { maximumSignificantDigits: 4 });
}

function shortened(text: string): string {
  const line = text.replace(/\s*\n\s*/g, " ");
  return line.length <= widestCell ? line : `${line.slice(0, widestCell - 1)}…`;
}
