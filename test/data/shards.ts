/**
 * Shards for the tests, written as the project's own sample is.
 * @module
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetMetadata } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll } from "vitest";
import { type OpenR1Row, shardBytes } from "../../dist/data/open-r1.js";

const folders: string[] = [];

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** An empty folder that is gone when the file's tests have ended. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "data-test-"));
  folders.push(folder);
  return folder;
}

/** A sound row with one verified trace, changed where the test needs it. */
export function openR1Row(number: number, change: Partial<OpenR1Row> = {}): OpenR1Row {
  return {
    problem: `What is $${number} + 1$?`,
    solution: null,
    answer: String(number + 1),
    problem_type: "Algebra",
    question_type: "math-word-problem",
    source: "test",
    uuid: `uuid-${number}`,
    is_reasoning_complete: [true],
    generations: [`<think>one more</think> \\boxed{${number + 1}}`],
    correctness_math_verify: [true],
    correctness_llama: null,
    finish_reasons: null,
    correctness_count: 1n,
    messages: null,
    ...change,
  };
}

/** Sound rows with the numbers from `first` to `last`. */
export function openR1Rows(first: number, last: number): OpenR1Row[] {
  return Array.from({ length: last - first + 1 }, (_, i) => openR1Row(first + i));
}

/** Writes a shard and returns its path. */
export async function writeShard(folder: string, name: string, rows: OpenR1Row[], rowGroupSize = 500): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, shardBytes(rows, rowGroupSize));
  return path;
}

type WriteOptions = Parameters<typeof parquetWriteBuffer>[0];

/** What may differ from one writer of shards to another. */
export interface ShardStyle extends Pick<WriteOptions, "codec" | "compressors" | "rowGroupSize" | "pageSize"> {
  /** Of the columns of text; the others are written plain. */
  encoding?: "PLAIN" | "RLE_DICTIONARY";
  /** A column of text to leave out. */
  without?: keyof OpenR1Row;
  /** Columns of numbers that the dataset does not have. */
  extraColumns?: { name: string; data: Float64Array }[];
}

/** The bytes of a shard as another program might have written it. */
export function styledShard(rows: readonly OpenR1Row[], style: ShardStyle): Buffer {
  const { encoding, without, extraColumns = [], ...options } = style;
  const schema = parquetMetadata(new Uint8Array(shardBytes([])).buffer).schema.slice(1);
  const isText = (name: string): boolean =>
    schema.some((element) => element.name === name && element.type === "BYTE_ARRAY");
  const names = (Object.keys(openR1Row(1)) as (keyof OpenR1Row)[]).filter((name) => name !== without);
  const columnData = [
    ...names.map((name) => ({ name, data: rows.map((row) => row[name]), ...(isText(name) && { encoding }) })),
    ...extraColumns,
  ];
  const numbers = extraColumns.map(({ name }) => ({ name, type: "DOUBLE", repetition_type: "OPTIONAL" }) as const);
  const buffer = parquetWriteBuffer({
    ...options,
    columnData,
    schema: [
      { name: "schema", num_children: columnData.length },
      ...schema.filter(({ name }) => name !== without),
      ...numbers,
    ],
  });
  return Buffer.from(buffer);
}

/** The shard without `count` bytes in the middle of its pages; both ends are whole. */
export function withoutMiddle(shard: Buffer, count: number): Buffer {
  const footerStart = shard.length - 8 - shard.readUInt32LE(shard.length - 8);
  return Buffer.concat([shard.subarray(0, footerStart - count), shard.subarray(footerStart)]);
}

/** The shard with other bytes, as many, in place of the first `text`. */
export function withBytes(shard: Buffer, text: string, bytes: Uint8Array): Buffer {
  const changed = Buffer.from(shard);
  changed.set(bytes, changed.indexOf(text));
  return changed;
}
