/**
 * The benchmark's shards, made once and kept under `out/bench`, which git ignores.
 * @module
 */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { projectRoot } from "../../util/assets.js";
import { mapConcurrently } from "../../util/map-concurrently.js";
import type { Codec } from "./make-shards.js";
import { measureTask } from "./measure.js";

/** Which shards are needed. */
export interface ShardOptions {
  /** Rows of each shard. */
  rows: number;
  /** Shards in both codecs. */
  shards: number;
  /** Shards in Snappy, the former included. */
  most: number;
}

/** Where everything of the benchmark lies. */
export const benchFolder: string = join(projectRoot, "out", "bench");

/** The first shards with `rows` rows each, in the order of their names. They need not exist. */
export function shardPaths(codec: Codec, rows: number, count: number): string[] {
  const number = (index: number): string => String(index).padStart(5, "0");
  return Array.from({ length: count }, (_, index) =>
    join(benchFolder, `shards-of-${rows}`, codec.toLowerCase(), `train-${number(index)}-of-00010.parquet`),
  );
}

/** Makes what is missing, two shards at a time. */
export async function makeMissingShards({ rows, shards, most }: ShardOptions): Promise<void> {
  const files = [
    ...shardPaths("SNAPPY", rows, most).map((path, index) => ({ codec: "SNAPPY" as const, path, index })),
    ...shardPaths("ZSTD", rows, shards).map((path, index) => ({ codec: "ZSTD" as const, path, index })),
  ];
  const missing = files.filter(({ path }) => !existsSync(path));
  if (missing.length > 0) console.error(`Making ${missing.length} shards in ${benchFolder} (once) ...`);
  for (const { path } of missing) await mkdir(dirname(path), { recursive: true });
  await mapConcurrently(missing, 2, ({ index, ...file }) => measureTask("makeShard", { index, rows, ...file }));
}
