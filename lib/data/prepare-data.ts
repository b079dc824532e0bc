/**
 * From Parquet shards to training and validation files: read, check, split, write. Everything streams, so that memory holds one
 * row group and the keys of the problems met; the files take their places together at the end, or not at all.
 * @module
 */
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../atomic-write.js";
import { messageOf, UserError } from "../errors.js";
import { hashFile } from "../hash.js";
import { trainingFileLimits } from "../service/training-file.js";
import { findShards } from "./find-shards.js";
import { countLeakage } from "./leakage.js";
import { fileNames, type InputFile, type OutputFile, type Preparation } from "./preparation.js";
import { openShard, type Shard } from "./shard.js";
import { type WriteSettings, writeFiles } from "./write-files.js";

/** Where from, where to, and how. What is left out is as `npm run prepare-data` has it. */
export interface PrepareOptions extends Partial<WriteSettings> {
  /** The folder with the Parquet shards. */
  inputDir: string;
  /** The folder for the four files; it is made where it is missing. */
  outputDir: string;
}

/**
 * Writes `training.jsonl`, `validation.jsonl`, `problems.arrow` and `manifest.json`, and returns what the manifest says. The same
 * shards and settings give identical bytes. Throws a `UserError` that says what to do where a shard is missing or damaged, the
 * folder cannot be written, a file passes `maximumBytes`, or too few problems are left; files of an earlier run stay then.
 */
export async function prepareData({
  inputDir,
  outputDir,
  format = "rft",
  validationFraction = 0.1,
  seed = 42,
  maximumBytes = 500_000_000,
  onProgress,
  signal,
}: PrepareOptions): Promise<Preparation> {
  const settings: WriteSettings = { format, validationFraction, seed, maximumBytes, onProgress, signal };
  checkSettings(settings);
  const { paths, isSample } = await findShards(inputDir);
  const shards = await Promise.all(paths.map(openShard));
  const folder = await openTemporaryFolder(outputDir);
  try {
    const written = await writeFiles(shards, folder, settings);
    checkLines(written.outputs);
    const preparation: Preparation = {
      format,
      seed,
      validationFraction,
      isSample,
      inputs: await describeInputs(shards),
      ...written,
      leakage: await countLeakage(join(folder, fileNames.training), join(folder, fileNames.validation)),
    };
    await replaceFile(join(folder, fileNames.manifest), `${JSON.stringify(preparation, null, 2)}\n`);
    signal?.throwIfAborted();
    for (const name of Object.values(fileNames)) await rename(join(folder, name), join(outputDir, name));
    return preparation;
  } catch (error) {
    // Reading reports its own errors, so one of the system's comes from writing, e.g. a full disk.
    throw error instanceof Error && "syscall" in error ? unwritable(outputDir, error) : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function checkSettings({ format, validationFraction, seed, maximumBytes }: WriteSettings): void {
  if (format !== "rft" && format !== "sft") {
    throw new UserError(`The format ${format} is unknown. Use rft (reinforcement) or sft (supervised).`);
  }
  if (!(validationFraction > 0 && validationFraction < 1)) {
    throw new UserError(
      `The validation fraction is ${validationFraction}; it must lie between 0 and 1, for example 0.1.`,
    );
  }
  if (!Number.isInteger(seed)) throw new UserError(`The seed is ${seed}; it must be a whole number, for example 42.`);
  if (!(maximumBytes > 0)) {
    throw new UserError(`The size limit is ${maximumBytes}; it must be a number of bytes, for example 500000000.`);
  }
}

/** A fresh folder inside the output folder, on the same disk, so that its files move out by renaming alone. */
async function openTemporaryFolder(outputDir: string): Promise<string> {
  try {
    await mkdir(outputDir, { recursive: true });
    for (const name of Object.values(fileNames)) {
      const found = await stat(join(outputDir, name)).catch(() => null);
      if (found?.isDirectory()) throw new Error(`${name} is a folder there`);
    }
    return await mkdtemp(join(outputDir, ".preparing-"));
  } catch (error) {
    throw unwritable(outputDir, error);
  }
}

function unwritable(outputDir: string, error: unknown): UserError {
  return new UserError(
    `The output folder ${outputDir} cannot be written (${messageOf(error)}). Make room there, or name another one with --output_dir.`,
  );
}

async function describeInputs(shards: readonly Shard[]): Promise<InputFile[]> {
  const inputs: InputFile[] = [];
  for (const { path, name, bytes, rows } of shards) {
    inputs.push({ file: name, bytes, rows, sha256: await hashFile(path) });
  }
  return inputs;
}

function checkLines(outputs: readonly OutputFile[]): void {
  const least: Record<string, number> = {
    [fileNames.training]: trainingFileLimits.minimumLines,
    [fileNames.validation]: 1,
  };
  for (const { file, lines } of outputs) {
    const needed = least[file] ?? 0;
    if (lines < needed) {
      throw new UserError(
        `Only ${lines} problems are left for ${file}, and at least ${needed} are needed. Add shards, or change the validation fraction.`,
      );
    }
  }
}
