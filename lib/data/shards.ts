/**
 * Parquet shards in the layout of OpenR1-Math-220k, before their rows are read: which ones a folder holds,
 * whether each is whole and has the needed columns, and whether it is the file that was published.
 * @module
 */
import { open, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetSchema, type SchemaTree } from "hyparquet";
import { ConfigurationError, DataError, messageOf, UserError } from "../util/errors.js";
import { numberText } from "../util/format.js";
import { hashFile } from "../util/hash.js";

/** How many shards to read: the first ones by name, or all. */
export type ShardLimit = number | "all";

/** The shards of a folder, in the order of their names. */
interface FoundShards {
  /** The ones to read. */
  paths: string[];
  /** How many the folder holds, read or not. */
  available: number;
  /** Whether these are the project's own sample, because the folder holds no others. */
  isSample: boolean;
}

/** A shard whose two ends and table of contents are sound, and which has the needed columns. */
export interface Shard {
  path: string;
  /** The file's name, without folder. */
  name: string;
  bytes: number;
  rows: number;
  metadata: FileMetaData;
}

/**
 * The first `limit` of the `.parquet` files in `folder`, whatever else their names are. If it has none, those
 * in its folder `sample`; throws a `DataError` if there are none either.
 */
export async function findShards(folder: string, limit: ShardLimit): Promise<FoundShards> {
  const own = await parquetFiles(folder).catch((error: unknown) => {
    throw new ConfigurationError(
      `The input folder ${folder} cannot be read (${messageOf(error)}). Name the folder that holds the Parquet shards with --input_dir.`,
      { cause: error },
    );
  });
  const isSample = own.length === 0;
  const found = isSample ? await parquetFiles(join(folder, "sample")).catch(() => []) : own;
  if (found.length === 0)
    throw new DataError(
      `There is no .parquet file in ${folder}. Download shards of OpenR1-Math-220k (Hugging Face: open-r1/OpenR1-Math-220k, folder data; or Kaggle: alejopaullier/openr1-math-220k) and put them there.`,
    );
  return { paths: limit === "all" ? found : found.slice(0, limit), available: found.length, isSample };
}

async function parquetFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith(".parquet") && !name.startsWith("."))
    .sort()
    .map((name) => join(folder, name));
}

/** Opens a shard and checks it. Throws a `DataError` that names the file and the fault. */
export async function openShard(path: string): Promise<Shard> {
  try {
    return await withShardFile(path, async (file) => {
      await checkEnds(path, file);
      const metadata = await parquetMetadataAsync(file).catch((error: unknown) => {
        throw damagedShard(path, `its table of contents cannot be read (${messageOf(error)})`, error);
      });
      checkColumns(path, parquetSchema(metadata).children);
      return { path, name: basename(path), bytes: file.byteLength, rows: Number(metadata.num_rows), metadata };
    });
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(path, error);
  }
}

/**
 * Calls `use` with the file at `path` as hyparquet reads it: stretches of bytes through one handle, which is
 * closed afterwards. Rejects with the system's error if the file cannot be opened.
 */
export async function withShardFile<T>(path: string, use: (file: AsyncBuffer) => Promise<T>): Promise<T> {
  const handle = await open(path);
  try {
    const { size: byteLength } = await handle.stat();
    return await use({
      byteLength,
      async slice(start, end = byteLength) {
        if (end > byteLength) throw new Error(`it refers to byte ${end}, and the file has ${byteLength}`);
        const bytes = new Uint8Array(end - start);
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
        if (bytesRead < bytes.length) throw new Error("the file became shorter while it was read");
        return bytes.buffer;
      },
    });
  } finally {
    await handle.close();
  }
}

const remedy =
  "Download the shard again and compare its size with the one shown on the page it comes from; see training_data/README.md.";

/** The error for a shard that only a new download can mend. `fault` completes "… is damaged: …". */
export function damagedShard(path: string, fault: string, cause?: unknown): DataError {
  return new DataError(`${path} is damaged: ${fault}. ${remedy}`, { cause });
}

function unreadable(path: string, cause: unknown): DataError {
  return new DataError(
    `${path} cannot be read (${messageOf(cause)}). Make it readable, or take it out of the folder.`,
    {
      cause,
    },
  );
}

/** Every Parquet file starts and ends with the four bytes PAR1. */
async function checkEnds(path: string, file: AsyncBuffer): Promise<void> {
  const size = file.byteLength;
  const hasMagic = async (start: number): Promise<boolean> =>
    size >= start + 4 && Buffer.from(await file.slice(start, start + 4)).toString("latin1") === "PAR1";
  if (size === 0) throw new DataError(`${path} is empty. ${remedy}`);
  if (!(await hasMagic(0)))
    throw new DataError(
      `${path} is not a Parquet file: it does not start with PAR1. Perhaps a web page or a Git LFS pointer was saved in its place. ${remedy}`,
    );
  if (size < 12 || !(await hasMagic(size - 4)))
    throw new DataError(`${path} is cut off after ${numberText(size)} bytes: it does not end with PAR1. ${remedy}`);
}

type ColumnKind = "text" | "list of text" | "list of true or false";

/** The columns that preparation reads. The others, above all the bulky `messages`, are never touched. */
export const usedColumns = {
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
} as const satisfies Record<string, ColumnKind>;

function checkColumns(path: string, columns: SchemaTree[]): void {
  const kinds = new Map(columns.map((column) => [column.element.name, kindOf(column)]));
  const missing = Object.keys(usedColumns).filter((name) => !kinds.has(name));
  if (missing.length > 0)
    throw new DataError(
      `${path} lacks the column${missing.length > 1 ? "s" : ""} ${missing.join(", ")}; it has ${[...kinds.keys()].join(", ")}. Use shards of OpenR1-Math-220k, or name the columns as there.`,
    );
  for (const [name, needed] of Object.entries(usedColumns)) {
    const kind = kinds.get(name);
    const isAllNull = kind === "NULL" || kind === "list of NULL";
    if (kind !== needed && !isAllNull)
      throw new DataError(
        `${path}: the column ${name} holds ${kind}, but ${needed} is needed. Convert it and try again.`,
      );
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

/** Where the published SHA-256 of a shard is kept: beside it, in the form that `sha256sum` writes. */
export function checksumPath(shardPath: string): string {
  return `${shardPath}.sha256`;
}

/**
 * The SHA-256 of each shard. Throws a `DataError` if one differs from its published checksum, as far as that
 * is known, or if two hold the same bytes; rejects with the signal's reason once that is aborted.
 */
export async function verifyChecksums(paths: readonly string[], signal?: AbortSignal): Promise<string[]> {
  const pathByHash = new Map<string, string>();
  for (const path of paths) {
    signal?.throwIfAborted();
    const hash = await hashFile(path).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    const published = await publishedChecksum(path);
    if (published !== null && published !== hash)
      throw damagedShard(path, `its SHA-256 is ${hash}, and ${checksumPath(path)} demands ${published}`);
    const twin = pathByHash.get(hash);
    if (twin !== undefined)
      throw new DataError(
        `${path} is the same shard as ${basename(twin)}: every byte agrees. Take one of the two out of the folder.`,
      );
    pathByHash.set(hash, path);
  }
  return [...pathByHash.keys()];
}

/** Null if there is no checksum beside the shard. */
async function publishedChecksum(shardPath: string): Promise<string | null> {
  const path = checksumPath(shardPath);
  const content = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new DataError(`${path} cannot be read (${messageOf(error)}). Make it readable, or delete it.`, {
      cause: error,
    });
  });
  if (content === null) return null;
  const [hash] = content.match(/^[0-9a-f]{64}\b/i) ?? [];
  if (hash === undefined)
    throw new DataError(`${path} does not start with a SHA-256. Download the shard again, or delete the file.`);
  return hash.toLowerCase();
}
