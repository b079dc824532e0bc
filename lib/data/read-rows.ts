/**
 * The rows of a shard, read row group by row group, so that memory holds one of them at a time.
 * @module
 */
import { isUtf8 } from "node:buffer";
import zlib from "node:zlib";
import { type AsyncBuffer, type Compressors, parquetRead } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { ZSTDDecoder } from "zstddec";
import { messageOf } from "../util/errors.js";
import { problemKey } from "./seen-problems.js";
import { damagedShard, type Shard, usedColumns, withShardFile } from "./shards.js";

/**
 * One row. Missing text is empty, a missing `uuid` is made from the problem, a missing label is `unknown`.
 */
export interface SourceRow {
  /** The row's place in its shard, counted from 1. */
  number: number;
  problem: string;
  answer: string;
  problemType: string;
  questionType: string;
  source: string;
  uuid: string;
  /**
   * The first complete solution that was found correct, by Math-Verify or else by a language model, as UTF-8.
   * Null if there is none.
   */
  trace: Uint8Array | null;
}

/** Yields the rows of each row group. Throws a `DataError` that names the file and the unreadable rows. */
export async function* readRowGroups(shard: Shard): AsyncGenerator<SourceRow[]> {
  let rowStart = 0;
  for (const group of shard.metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    yield await withShardFile(shard.path, (file) => readRows(shard, file, rowStart, rowEnd)).catch((error: unknown) => {
      const fault = `rows ${rowStart + 1} to ${rowEnd} cannot be read (${messageOf(error)})`;
      throw damagedShard(shard.path, fault, error);
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
  const columns = new Map(Object.keys(usedColumns).map((name) => [name, [] as unknown[]]));
  await parquetRead({
    file,
    metadata,
    columns: [...columns.keys()],
    rowStart,
    rowEnd,
    compressors: await decompressors,
    parsers,
    onChunk: ({ columnName, columnData }) => {
      const column = columns.get(columnName);
      for (const cell of columnData) column?.push(cell);
    },
  });
  const count = rowEnd - rowStart;
  for (const [name, { length }] of columns) {
    if (length !== count) throw new Error(`the column ${name} has ${length} values for ${count} rows`);
  }
  return Array.from({ length: count }, (_, i) => sourceRow(rowStart + i + 1, (name) => columns.get(name)?.[i]));
}

type UsedColumn = keyof typeof usedColumns;

/** Text stays bytes until it is used: most traces never are. */
const parsers = { stringFromBytes: (bytes: Uint8Array) => bytes };

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `cellOf` gives the row's cell in a column. Throws if a cell holds what no sound shard does. */
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

/** Node has Zstandard from 22.15 on; the types are those of Node 20. */
const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (input: Uint8Array) => Uint8Array };

const decompressors = loadDecompressors();

/** A decompressor for each codec of Parquet: native if Node has one, otherwise WebAssembly. */
async function loadDecompressors(): Promise<Compressors> {
  return {
    ...compressors,
    GZIP: (input) => zlib.unzipSync(input),
    ZSTD: zstdDecompressSync ?? (await loadZstd()),
  };
}

async function loadZstd(): Promise<(input: Uint8Array, outputLength: number) => Uint8Array> {
  const decoder = new ZSTDDecoder();
  await decoder.init();
  return (input, outputLength) => decoder.decode(input, outputLength);
}
