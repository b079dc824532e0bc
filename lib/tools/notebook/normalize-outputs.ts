/**
 * Takes out of outputs what differs from run to run and from machine to machine.
 * @module
 */
import { homedir } from "node:os";
import { sep } from "node:path";
import type { Notebook } from "./notebook.js";

const time = /\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)/g;
/** Of jobs, files and models, and of figures. */
const randomId = /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])|(?<=figure-)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/**
 * Rewrites the texts in all outputs: paths below `root` become relative to it, the home folder becomes `~`, a time becomes `[time]`,
 * and each random id the number of its first appearance, in the same form.
 */
export function normalizeOutputs(notebook: Notebook, root: string): void {
  const ids = new Map<string, string>();
  const numbered = (id: string): string => {
    const known = ids.get(id) ?? numberedId(id, ids.size + 1);
    ids.set(id, known);
    return known;
  };
  const settle = (text: string): string =>
    text
      .replaceAll(root + sep, "")
      .replaceAll(root, ".")
      .replaceAll(homedir(), "~")
      .replace(time, "[time]")
      .replace(randomId, numbered);
  for (const cell of notebook.cells) {
    if (cell.cell_type === "code") {
      cell.outputs = mapTexts(cell.outputs, settle);
    }
  }
}

/** The id with zeros for its digits, of which the last ones count: `0…01`. */
function numberedId(id: string, count: number): string {
  const digits = count.toString(16);
  return id.slice(0, -digits.length).replace(/[0-9a-f]/g, "0") + digits;
}

/** A copy in which every string is what `change` makes of it. */
function mapTexts<T>(value: T, change: (text: string) => string): T;
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
  return value;
}
