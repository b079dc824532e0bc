/**
 * Parquet shards in the layout of OpenR1-Math-220k, read row group by row group, so that memory holds one of them at a time.
 * @module
 */
import { isUtf8 } from "node:buffer";
import { basename } from "node:path";
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetRead, parquetSchema } from "hyparquet";
import { messageOf, UserError } from "../util/errors.js";
import { loadPageDecompressors } from "./decompress.js";
import { problemKey } from "./problem-text.js";
import { checkColumns, checkEnds, damagedShard, usedColumns } from "./shard-checks.js";
import { withShardFile } from "./shard-file.js";

/** A shard that is whole as far as its ends and its table of contents show, and that has the needed columns. */
export interface Shard {
  path: string;
  /** The file's name, without folder. */
  name: string;
  bytes: number;
  rows: number;
  metadata: FileMetaData;
}

/** One row of a shard. Text that the shard leaves out is empty, `uuid` is made from the problem, and the two labels are `unknown`. */
export interface SourceRow {
  /** The row's place in its shard, counted from 1. */
  number: number;
  problem: string;
  answer: string;
  problemType: string;
  questionType: string;
  source: string;
  uuid: string;
  /** The first complete solution that was found correct, as UTF-8: by Math-Verify, else by a language model; null where there is none. */
  trace: Uint8Array | null;
}

/** Opens a shard and checks that it is whole and has the needed columns. Throws a `UserError` that names the file and the fault. */
export async function openShard(path: string): Promise<Shard> {
  try {
    return await withShardFile(path, (file) => readShard(path, file));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${path} cannot be read (${messageOf(error)}). Make it readable, or take it out of the folder.`,
    );
  }
}

async function readShard(path: string, file: AsyncBuffer): Promise<Shard> {
  await checkEnds(path, file);
  const metadata = await parquetMetadataAsync(file).catch((error: unknown) => {
    throw damagedShard(path, `its table of contents cannot be read (${messageOf(error)})`);
  });
  checkColumns(path, parquetSchema(metadata).children);
  return { path, name: basename(path), bytes: file.byteLength, rows: Number(metadata.num_rows), metadata };
}

type UsedColumn = keyof typeof usedColumns;

/** The rows of a shard, one row group after the other. Throws a `UserError` that names the file and the rows it could not read. */
export async function* readRowGroups(shard: Shard): AsyncGenerator<SourceRow[]> {
  let rowStart = 0;
  for (const group of shard.metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    yield await withShardFile(shard.path, (file) => readRows(shard, file, rowStart, rowEnd)).catch((error: unknown) => {
      throw damagedShard(shard.path, `rows ${rowStart + 1} to ${rowEnd} cannot be read (${messageOf(error)})`);
    });
    rowStart = rowEnd;
  }
}

async function readRows(
  { metadata }: Shard,
  file: AsyncBuffer,
  rowStart: number,
  rowEnd: number,
): Promise<SourceRow[]> {
  const names = Object.keys(usedColumns) as UsedColumn[];
  const columns = Object.fromEntries(names.map((name) => [name, [] as unknown[]])) as Record<UsedColumn, unknown[]>;
  await parquetRead({
    file,
    metadata,
    columns: names,
    rowStart,
    rowEnd,
    compressors: await decompressors,
    parsers,
    onChunk: ({ columnName, columnData }) => {
      const column = columns[columnName as UsedColumn];
      for (const cell of columnData) column.push(cell);
    },
  });
  const count = rowEnd - rowStart;
  for (const name of names) {
    const found = columns[name].length;
    if (found !== count) throw new Error(`the column ${name} has ${found} values for ${count} rows`);
  }
  return Array.from({ length: count }, (_, i) => sourceRow(rowStart + i + 1, (name) => columns[name][i]));
}

const decompressors = loadPageDecompressors();

/** Text stays bytes until it is used: most traces never are. */
const parsers = { stringFromBytes: (bytes: Uint8Array) => bytes };

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `cellOf` gives the row's cell in a column. Throws where a cell holds what no sound shard does. */
function sourceRow(number: number, cellOf: (column: UsedColumn) => unknown): SourceRow {
  const fault = (what: string): Error => new Error(`row ${number}: ${what}`);
  const text = (column: UsedColumn): string | null => {
    const cell = cellOf(column) as Uint8Array | null | undefined;
    try {
      return cell ? decoder.decode(cell) : null;
    } catch {
      throw fault(`the text in the column ${column} is not UTF-8`);
    }
  };
  const list = <T>(column: UsedColumn): (T | null | undefined)[] => (cellOf(column) as T[] | null | undefined) ?? [];

  const generations = list<Uint8Array>("generations");
  const isComplete = list<boolean>("is_reasoning_complete");
  const firstVerified = (column: UsedColumn): Uint8Array | null => {
    const isVerified = list<boolean>(column);
    const absent = generations.findIndex((trace, i) => !trace && isVerified[i]);
    if (absent >= 0) throw fault(`${column} calls trace ${absent + 1} correct, and that trace is null`);
    return generations.find((trace, i) => trace?.length && isComplete[i] && isVerified[i]) ?? null;
  };
  const trace = firstVerified("correctness_math_verify") ?? firstVerified("correctness_llama");
  if (trace && !isUtf8(trace)) throw fault("the text of a trace in the column generations is not UTF-8");

  const problem = text("problem") ?? "";
  return {
    number,
    problem,
    answer: text("answer") ?? "",
    problemType: text("problem_type") ?? "unknown",
    questionType: text("question_type") ?? "",
    source: text("source") ?? "unknown",
    uuid: text("uuid") ?? problemKey(problem).slice(0, 32),
    trace,
  };
}
