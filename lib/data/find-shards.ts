/**
 * Where the Parquet shards are.
 * @module
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../errors.js";

/** The shards of a folder, in the order of their names. */
export interface FoundShards {
  paths: string[];
  /** Whether these are the project's own sample, for want of others. */
  isSample: boolean;
}

/** The `.parquet` files of `folder`; where it holds none, those of its folder `sample`. Throws a `UserError` where there is neither. */
export async function findShards(folder: string): Promise<FoundShards> {
  const own = await parquetFiles(folder).catch((error: unknown) => {
    throw new UserError(
      `The input folder ${folder} cannot be read (${messageOf(error)}). Name the folder that holds the Parquet shards with --input_dir.`,
    );
  });
  if (own.length > 0) return { paths: own, isSample: false };
  const sample = await parquetFiles(join(folder, "sample")).catch(() => []);
  if (sample.length > 0) return { paths: sample, isSample: true };
  throw new UserError(
    `There is no .parquet file in ${folder}. Download shards of OpenR1-Math-220k (Hugging Face: open-r1/OpenR1-Math-220k, folder data; or Kaggle: alejopaullier/openr1-math-220k) and put them there.`,
  );
}

async function parquetFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith(".parquet") && !name.startsWith("."))
    .sort()
    .map((name) => join(folder, name));
}
