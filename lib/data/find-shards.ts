/**
 * Where the Parquet shards are.
 * @module
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../util/errors.js";

/** How many shards are taken: the first ones by name, or all. */
export type ShardLimit = number | "all";

/** The shards of a folder, in the order of their names. */
export interface FoundShards {
  /** Those that are taken. */
  paths: string[];
  /** How many there are, taken or not. */
  available: number;
  /** Whether these are the project's own sample, for want of others. */
  isSample: boolean;
}

/**
 * The first `limit` of the `.parquet` files of `folder`, whatever else their names are; where it holds none, of its folder `sample`.
 * Throws a `UserError` where there is neither.
 */
export async function findShards(folder: string, limit: ShardLimit): Promise<FoundShards> {
  const own = await parquetFiles(folder).catch((error: unknown) => {
    throw new UserError(
      `The input folder ${folder} cannot be read (${messageOf(error)}). Name the folder that holds the Parquet shards with --input_dir.`,
    );
  });
  const isSample = own.length === 0;
  const found = isSample ? await parquetFiles(join(folder, "sample")).catch(() => []) : own;
  if (found.length === 0)
    throw new UserError(
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
