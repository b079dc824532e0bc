/**
 * A Jupyter notebook as a value: its cells, outputs and sections, read from a file and written to one.
 *
 * The file format is nbformat 4.5 (https://nbformat.readthedocs.io/en/latest/format_description.html). On
 * disk every text is a list of lines; in memory it is one string.
 * @module
 */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ConfigurationError, DataError, messageOf } from "../../util/errors.js";
import { replaceFile } from "../../util/files.js";

const text = z.union([z.string(), z.array(z.string()).transform((lines) => lines.join(""))]);
const metadata = z.record(z.string(), z.unknown());
const mimeBundle = z.record(z.string(), z.unknown()).transform(joinTexts);

const streamSchema = z.object({ output_type: z.literal("stream"), name: z.enum(["stdout", "stderr"]), text });
const displaySchema = z.object({ output_type: z.literal("display_data"), data: mimeBundle, metadata });
const resultSchema = z.object({
  output_type: z.literal("execute_result"),
  data: mimeBundle,
  metadata,
  execution_count: z.number().int().nullable(),
});
const errorSchema = z.object({
  output_type: z.literal("error"),
  ename: z.string(),
  evalue: z.string(),
  traceback: z.array(z.string()),
});
const outputSchema = z.discriminatedUnion("output_type", [streamSchema, displaySchema, resultSchema, errorSchema]);

const cellFields = { id: z.string().optional(), metadata, source: text };
const cellSchema = z
  .discriminatedUnion("cell_type", [
    z.object({ cell_type: z.literal("markdown"), ...cellFields }),
    z.object({ cell_type: z.literal("raw"), ...cellFields }),
    z.object({
      cell_type: z.literal("code"),
      ...cellFields,
      execution_count: z.number().int().nullable(),
      outputs: z.array(outputSchema),
    }),
  ])
  .transform((cell) => ({ ...cell, id: cell.id ?? randomUUID() }));

const notebookSchema = z.object({
  cells: z.array(cellSchema),
  metadata,
  nbformat: z.literal(4),
  nbformat_minor: z.number().int(),
});

/** The forms of one output, by mime type. */
export type MimeBundle = Record<string, unknown>;
/** What a cell printed or showed. */
export type Output = z.infer<typeof outputSchema>;
/** A markdown, raw or code cell; `id` is unique in the notebook. */
export type Cell = z.infer<typeof cellSchema>;
/** A cell that runs. */
export type CodeCell = Extract<Cell, { cell_type: "code" }>;
/** A whole notebook. */
export type Notebook = z.infer<typeof notebookSchema>;

/**
 * The notebook in `file`; cells without an id are given one. Throws a `DataError` if the file is missing or
 * no notebook.
 */
export async function readNotebook(file: string): Promise<Notebook> {
  const content = await readFile(file, "utf8").catch((error: unknown) => {
    throw new DataError(`Cannot read the notebook ${file}: ${messageOf(error)}`, { cause: error });
  });
  const result = notebookSchema.safeParse(parseJson(file, content));
  if (!result.success)
    throw new DataError(`${file} is not a notebook of nbformat 4:\n${z.prettifyError(result.error)}`);
  return { ...result.data, nbformat_minor: Math.max(5, result.data.nbformat_minor) };
}

/** Writes `notebook` to `file`, whose folder must exist. */
export async function writeNotebook(file: string, notebook: Notebook): Promise<void> {
  await replaceFile(file, notebookText(notebook));
}

/** The text of a notebook's file, in Jupyter's layout. */
export function notebookText(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) =>
    cell.cell_type === "code"
      ? { ...cell, source: linesOf(cell.source), outputs: cell.outputs.map(splitTexts) }
      : { ...cell, source: linesOf(cell.source) },
  );
  return `${JSON.stringify({ ...notebook, cells }, null, 1)}\n`;
}

/** What a code cell does: the title in its metadata, or else its first line but imports and comments. */
export function titleOf({ metadata, source }: CodeCell): string {
  if (typeof metadata.title === "string") return metadata.title;
  const lines = source.trim().split("\n");
  return lines.find((line) => line.trim() !== "" && !/^(import\b|\/\/)/.test(line)) ?? lines[0] ?? "";
}

/** The tags in a cell's metadata. */
export function tagsOf(cell: Cell): string[] {
  const tags = cell.metadata.tags;
  return Array.isArray(tags) ? tags.map(String) : [];
}

/** A section that begins with a heading such as `## 5. Submit the job`. */
interface Section {
  number: number;
  title: string;
  /** The cells from `start` to before `end`. */
  start: number;
  end: number;
}

/** The numbered sections in their order. A section ends before the next heading of the second level. */
export function sectionsOf({ cells }: Notebook): Section[] {
  const headings = cells.flatMap(({ cell_type, source }, start) => {
    const [, text] = (cell_type === "markdown" && source.match(/^## +(.+)$/m)) || [];
    return text === undefined ? [] : [{ text, start }];
  });
  return headings.flatMap(({ text, start }, i) => {
    const [, number, title] = text.match(/^(\d+)\. +(.+)$/) ?? [];
    const end = headings[i + 1]?.start ?? cells.length;
    return number === undefined || title === undefined ? [] : [{ number: Number(number), title, start, end }];
  });
}

/**
 * The section with this number. Throws a `ConfigurationError` that lists all sections if there is no such
 * one.
 */
export function sectionCalled(notebook: Notebook, number: string): Section {
  const sections = sectionsOf(notebook);
  const found = sections.find((section) => String(section.number) === number);
  if (found === undefined) {
    const names = sections.map(({ number, title }) => `  ${number}. ${title}`).join("\n");
    throw new ConfigurationError(
      `There is no section ${number}. ${names === "" ? "None is numbered." : `There are:\n${names}`}`,
    );
  }
  return found;
}

function parseJson(file: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new DataError(`${file} is not a notebook: ${messageOf(error)}`, { cause: error });
  }
}

function joinTexts(bundle: MimeBundle): MimeBundle {
  const joined = Object.entries(bundle).map(([type, value]) => {
    const isLines = Array.isArray(value) && !type.endsWith("json") && value.every((line) => typeof line === "string");
    return [type, isLines ? value.join("") : value];
  });
  return Object.fromEntries(joined);
}

function splitTexts(output: Output): object {
  if (output.output_type === "stream") return { ...output, text: linesOf(output.text) };
  if (output.output_type === "error") return output;
  const split = Object.entries(output.data).map(([type, value]) => [
    type,
    typeof value === "string" && type.startsWith("text/") ? linesOf(value) : value,
  ]);
  return { ...output, data: Object.fromEntries(split) };
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}
