/**
 * What a committed notebook with outputs must be like.
 * @module
 */
import { homedir } from "node:os";
import { type CodeCell, type Notebook, tagsOf } from "./notebook.js";
import { hashSources, runFactsOf } from "./run-facts.js";

const largestBytes = 3_000_000;

/** Where the usual systems keep a person's files, as JSON writes it. */
const ownPaths = /(?:\/(?:home|Users)\/|[A-Z]:\\\\Users\\\\)[\w.-]+/;

/** What is wrong with the outputs that `notebook` carries, as sentences; `content` is the text of its file. */
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
    bytes > largestBytes && `It has ${bytes} bytes; at most ${largestBytes} are allowed.`,
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
