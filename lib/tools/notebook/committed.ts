/**
 * The outputs that the notebook carries in the repository: without what differs from run to run, and fit to
 * be committed.
 * @module
 */
import { homedir } from "node:os";
import { sep } from "node:path";
import { type CodeCell, type Notebook, tagsOf } from "./notebook.js";
import { hashSources, runFactsOf } from "./run-facts.js";

const time = /\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)/g;
/** Of jobs, files and models, and of figures. */
const randomId = /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])|(?<=figure-)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/**
 * Rewrites the texts in all outputs: paths below `root` become relative to it, the home folder becomes `~`, a
 * time becomes `[time]`, and each random id becomes the number of its first appearance, in the same form.
 */
export function normalizeOutputs(notebook: Notebook, root: string): void {
  const ids = new Map<string, string>();
  const numbered = (id: string): string => {
    const known = ids.get(id) ?? numberedId(id, ids.size + 1);
    ids.set(id, known);
    return known;
  };
  const normalize = (text: string): string =>
    text
      .replaceAll(root + sep, "")
      .replaceAll(root, ".")
      .replaceAll(homedir(), "~")
      .replace(time, "[time]")
      .replace(randomId, numbered);
  for (const cell of notebook.cells) {
    if (cell.cell_type === "code") {
      cell.outputs = mapTexts(cell.outputs, normalize);
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

const maxBytes = 3_000_000;

/** Where the usual systems keep a person's files, as JSON writes it. */
const ownPaths = /(?:\/(?:home|Users)\/|[A-Z]:\\\\Users\\\\)[\w.-]+/;

/** What is wrong with the outputs of `notebook`, as sentences; `content` is the text of its file. */
export function faultsOf(notebook: Notebook, content: string): string[] {
  const cells = notebook.cells.filter((cell) => cell.cell_type === "code");
  const bytes = Buffer.byteLength(content);
  const ids = notebook.cells.map(({ id }) => id);
  const facts = runFactsOf(notebook);
  const ownPath = ownPathIn(content);
  const counts = cells.filter(({ source }) => source.trim() !== "").map(({ execution_count }) => execution_count);
  return [
    facts === undefined && "It has not been run.",
    facts && facts.sources !== hashSources(notebook) && "The code was changed after the run.",
    counts.some((count, i) => count !== i + 1) && `The cells did not all run in order: ${counts.join(", ")}.`,
    notebook.nbformat_minor < 5 && `It is nbformat 4.${notebook.nbformat_minor}, not 4.5.`,
    ids.some((id) => !/^[\w-]{1,64}$/.test(id)) && "The id of a cell is not of 1 to 64 letters, digits, - and _.",
    new Set(ids).size < ids.length && "Two cells have the same id.",
    bytes > maxBytes && `It has ${bytes} bytes; at most ${maxBytes} are allowed.`,
    ownPath !== undefined && `It holds a path of the machine that ran it: ${ownPath}`,
    !cells.some((cell) => tagsOf(cell).includes("summary")) && 'No cell has the tag "summary".',
    ...cells.map(faultOfOutputs),
  ].filter((fault) => typeof fault === "string");
}

function faultOfOutputs({ id, outputs }: CodeCell): string | false {
  const hasError = outputs.some(({ output_type }) => output_type === "error");
  const hasNoise = outputs.some((output) => output.output_type === "stream" && output.name === "stderr");
  return (hasError && `The cell ${id} failed.`) || (hasNoise && `The cell ${id} printed to stderr.`);
}

function ownPathIn(content: string): string | undefined {
  const home = homedir();
  return content.match(ownPaths)?.[0] ?? (content.includes(`${home}/`) ? home : undefined);
}
