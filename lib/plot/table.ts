/**
 * Tables in a notebook and on the console.
 * @module
 */
import { escapeHtml } from "../util/escape.js";
import { sum } from "../util/numbers.js";
import { show } from "./display.js";

interface Column {
  name: string;
  cells: string[];
  isNumeric: boolean;
}

/** Characters between two columns, the fewest that a column is worth, and the most lines that a cell takes. */
const gap = 2;
const narrowest = 8;
const mostLines = 4;

/**
 * Shows rows as a table with one column for each key, in the order in which the keys first appear; without
 * rows, the word "none".
 */
export function showTable(rows: readonly object[]): void {
  if (rows.length === 0) show({ "text/plain": "none" });
  else show({ "text/html": tableHtml(rows), "text/plain": tableText(rows) });
}

/**
 * The table as HTML: numbers to the right, text to the left with its line breaks. Code hosts keep `align` and
 * no styles. A table shows text as it is: each dollar sign stands in an element of its own, so that no front
 * end takes the text between two prices, or between a model's dollar signs, for mathematics.
 * `style` is CSS for the whole table.
 */
export function tableHtml(rows: readonly object[], style = ""): string {
  const columns = columnsOf(rows);
  const cell = (tag: "th" | "td", text: string, { isNumeric }: Column): string => {
    const side = isNumeric ? "right" : "left";
    const content = escapeHtml(text).replaceAll("$", "<span>$</span>");
    return `<${tag} align="${side}" style="text-align: ${side}; white-space: pre-wrap">${content}</${tag}>`;
  };
  const body = rows.map((_, row) => columns.map((column) => cell("td", column.cells[row] ?? "", column)).join(""));
  return [
    style === "" ? "<table>" : `<table style="${style}">`,
    `<thead><tr>${columns.map((column) => cell("th", column.name, column)).join("")}</tr></thead>`,
    `<tbody>${body.map((cells) => `<tr>${cells}</tr>`).join("\n")}</tbody>`,
    "</table>",
  ].join("\n");
}

/**
 * The table in characters of equal width, no line longer than `width`: long texts continue below themselves
 * in their column, and where even that leaves columns too narrow to read, every row becomes a list of its
 * values. The width is the environment's `COLUMNS`, else the terminal's, else 120.
 */
export function tableText(
  rows: readonly object[],
  width = Number(process.env.COLUMNS) || process.stdout.columns || 120,
): string {
  const columns = columnsOf(rows);
  const room = width - gap * (columns.length - 1);
  const natural = columns.map(naturalWidth);
  if (sum(natural.map((width) => Math.min(width, narrowest))) > room) return listText(rows, columns, width);
  const widths = fittedWidths(natural, room);
  const lines = [-1, ...rows.keys()].flatMap((row) => {
    const cells = columns.map(({ name, cells }, i) => wrapped((row < 0 ? name : cells[row]) ?? "", widths[i] ?? 0));
    return Array.from({ length: Math.max(...cells.map((cell) => cell.length)) }, (_, line) =>
      columns
        .map(({ isNumeric }, i) => {
          const text = cells[i]?.[line] ?? "";
          return isNumeric ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0);
        })
        .join(" ".repeat(gap))
        .trimEnd(),
    );
  });
  return lines.join("\n");
}

function listText(rows: readonly object[], columns: readonly Column[], width: number): string {
  const items = rows.map((_, row) =>
    columns.map(({ name, cells }) => wrapped(`${name}: ${cells[row]}`, width).join("\n")).join("\n"),
  );
  return items.join("\n\n");
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

function naturalWidth({ name, cells }: Column): number {
  return Math.max(...[name, ...cells].map((text) => onOneLine(text).length));
}

/** Takes from the widest columns until all fit into `room` characters. */
function fittedWidths(natural: readonly number[], room: number): number[] {
  let limit = Math.max(...natural);
  while (sum(natural.map((width) => Math.min(width, limit))) > room) limit -= 1;
  return natural.map((width) => Math.min(width, limit));
}

/** Lines of at most `width` characters, broken between words if possible; what is too long ends with "…". */
function wrapped(text: string, width: number): string[] {
  const pieces = onOneLine(text).match(new RegExp(`\\S{${width}}|\\S{1,${width}}(?:\\s|$)|\\S+`, "g")) ?? [""];
  const lines: string[] = [];
  for (const piece of pieces.map((piece) => piece.trim())) {
    const longer = `${lines.at(-1)} ${piece}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(piece);
  }
  if (lines.length <= mostLines) return lines;
  return [...lines.slice(0, mostLines - 1), `${(lines[mostLines - 1] ?? "").slice(0, width - 1)}…`];
}

function onOneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}
