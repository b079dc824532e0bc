/**
 * Parquet shards in the layout of OpenR1-Math-220k, read row group by row group, so that memory holds one of them at a time.
 * @module
 */
import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { messageOf, UserError } from "../errors.js";
import { problemKey } from "./problem-text.js";

/** An open shard, its columns checked. */
export interface Shard {
  path: string;
  /** The file's name, without folder. */
  name: string;
  bytes: number;
  rows: number;
  file: AsyncBuffer;
  metadata: FileMetaData;
}

/** One row of a shard. Text that the shard leaves out is empty, `uuid` is made from the problem, and the two labels are `unknown`. */
export interface SourceRow {
  problem: string;
  answer: string;
  problemType: string;
  questionType: string;
  source: string;
  uuid: string;
  /** The first complete solution that was found correct: by Math-Verify, else by a language model; null where there is none. */
  trace: string | null;
}

type ColumnKind = "text" | "list of text" | "list of true or false";

/** The columns that preparation reads. The others, above all the bulky `messages`, are never touched. */
const usedColumns: Record<string, ColumnKind> = {
  problem: "text",
  answer: "text",
  problem_type: "text",
  question_type: "text",
  source: "text",
  uuid: "text",
  is_reasoning_complete: "list of true or false",
  generations: "list of text",
  correctness_math_verify: "list of true or false",
  correctness_llama: "list of true or false",
};

const remedy =
  "Download the shard again and compare its size with the one shown on the page it comes from; see training_data/README.md.";

/** Opens a shard and checks that it is whole and has the needed columns. Throws a `UserError` that names the file and the fault. */
export async function openShard(path: string): Promise<Shard> {
  const { size } = await stat(path);
  await checkEnds(path, size);
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file).catch((error: unknown) => {
    throw new UserError(`${path} is damaged: its table of contents cannot be read (${messageOf(error)}). ${remedy}`);
  });
  checkColumns(path, parquetSchema(metadata).children);
  return { path, name: basename(path), bytes: size, rows: Number(metadata.num_rows), file, metadata };
}

/** The rows of a shard, one row group after the other. Throws a `UserError` that names the file and the rows it could not read. */
export async function* readRowGroups({ path, file, metadata }: Shard): AsyncGenerator<SourceRow[]> {
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const columns = Object.keys(usedColumns);
    const read = parquetReadObjects({ file, metadata, columns, rowStart, rowEnd, compressors, parsers });
    yield await read
      .then((rows) => rows.map(sourceRow))
      .catch((error: unknown) => {
        throw new UserError(
          `${path} is damaged: rows ${rowStart + 1} to ${rowEnd} cannot be read (${messageOf(error)}). ${remedy}`,
        );
      });
    rowStart = rowEnd;
  }
}

/** Every Parquet file starts and ends with the four bytes PAR1. */
async function checkEnds(path: string, size: number): Promise<void> {
  if (size === 0) throw new UserError(`${path} is empty. ${remedy}`);
  const file = await open(path);
  try {
    const magicAt = async (position: number): Promise<boolean> => {
      const { buffer } = await file.read(Buffer.alloc(4), 0, 4, position);
      return buffer.toString("latin1") === "PAR1";
    };
    if (!(await magicAt(0))) {
      throw new UserError(
        `${path} is no Parquet file: it does not start with PAR1. Perhaps a web page or a Git LFS pointer was saved in its place. ${remedy}`,
      );
    }
    if (size < 12 || !(await magicAt(size - 4))) {
      throw new UserError(
        `${path} is cut off after ${size.toLocaleString("en")} bytes: it does not end with PAR1. ${remedy}`,
      );
    }
  } finally {
    await file.close();
  }
}

function checkColumns(path: string, columns: SchemaTree[]): void {
  const byName = new Map(columns.map((column) => [column.element.name, column]));
  const missing = Object.keys(usedColumns).filter((name) => !byName.has(name));
  if (missing.length > 0) {
    throw new UserError(
      `${path} lacks the column${missing.length > 1 ? "s" : ""} ${missing.join(", ")}; it has ${[...byName.keys()].join(", ")}. Use shards of OpenR1-Math-220k, or name the columns as there.`,
    );
  }
  for (const [name, kind] of Object.entries(usedColumns)) {
    const found = kindOf(byName.get(name) as SchemaTree);
    const isAllNull = found === "NULL" || found === "list of NULL";
    if (found !== kind && !isAllNull) {
      throw new UserError(
        `${path}: the column ${name} holds ${found}, but ${kind} is needed. Convert it and try again.`,
      );
    }
  }
}

/** A {@link ColumnKind}, or the name of another type for the error message. */
function kindOf({ element, children }: SchemaTree): string {
  if (element.logical_type?.type === "NULL") return "NULL";
  if (element.type === "BYTE_ARRAY") return "text";
  if (element.type === "BOOLEAN") return "true or false";
  if (element.type) return element.type;
  const isList = element.converted_type === "LIST" || element.logical_type?.type === "LIST";
  const item = children[0]?.children[0] ?? children[0];
  return isList && item ? `list of ${kindOf(item)}` : "a group of columns";
}

/** Text stays bytes until it is used: most traces never are. */
const parsers = { stringFromBytes: (bytes: Uint8Array) => bytes };

type Cell = Uint8Array | string | null | undefined;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Throws where the bytes are not UTF-8, which only damage explains. */
function textOf(cell: Cell): string | null {
  return cell instanceof Uint8Array ? decoder.decode(cell) : (cell ?? null);
}

function sourceRow(row: Record<string, unknown>): SourceRow {
  const text = (column: string): string | null => textOf(row[column] as Cell);
  const problem = text("problem") ?? "";
  return {
    problem,
    answer: text("answer") ?? "",
    problemType: text("problem_type") ?? "unknown",
    questionType: text("question_type") ?? "",
    source: text("source") ?? "unknown",
    uuid: text("uuid") ?? problemKey(problem).slice(0, 32),
    trace: textOf(chosenTrace(row)),
  };
}

function chosenTrace(row: Record<string, unknown>): Cell {
  const list = <T>(column: string): T[] => (row[column] as T[] | null | undefined) ?? [];
  const generations = list<Cell>("generations");
  const isComplete = list<boolean | null>("is_reasoning_complete");
  const firstFoundCorrect = (verdicts: (boolean | null)[]): Cell =>
    generations.find((generation, i) => generation?.length && isComplete[i] && verdicts[i]);
  return firstFoundCorrect(list("correctness_math_verify")) ?? firstFoundCorrect(list("correctness_llama"));
}
