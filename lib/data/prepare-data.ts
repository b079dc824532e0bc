/**
 * From Parquet shards to training and validation files: read, screen, split, write. Everything streams, so
 * that memory holds one row group and the keys of the problems seen. The files replace earlier ones together
 * at the end, or not at all.
 * @module
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { openSandbox } from "../grader/sandbox.js";
import { trainingFileLimits } from "../service/training-file.js";
import { ConfigurationError, DataError } from "../util/errors.js";
import { replaceFile } from "../util/files.js";
import { numberText } from "../util/format.js";
import { hashFile } from "../util/hash.js";
import { interruptible } from "../util/interrupt.js";
import { sum } from "../util/numbers.js";
import { LineWriter } from "./line-writer.js";
import { closeUnfinished, commitPreparation, fileNames, openUnfinished, unwritable } from "./output-folder.js";
import {
  type ConversionResult,
  emptyResult,
  type Preparation,
  prepareDefaults,
  recordRow,
  summariseTokens,
} from "./preparation.js";
import { ProblemsTable, problemRow } from "./problems-table.js";
import { readRowGroups } from "./read-rows.js";
import { droppableKinds, type Outcome, type ScreenContext, type ScreenSettings, screenRows } from "./screen-rows.js";
import { countLeakage, SeenProblems, splits } from "./seen-problems.js";
import { findShards, openShard, type Shard, type ShardLimit, verifyChecksums } from "./shards.js";
import { loadPromptTokenCount, writeTrainingLine } from "./training-lines.js";

/** Where from, where to, and how. Whatever is not given is as in {@link prepareDefaults}. */
export interface PrepareOptions extends Partial<ScreenSettings> {
  /** The folder with the Parquet shards. */
  inputDir: string;
  /** The folder for the files; it is made if it is missing. */
  outputDir: string;
  /** How many shards to read: the first ones by name, or all. */
  shards?: ShardLimit;
  /** Bytes that each JSONL file may reach. */
  maxBytes?: number;
  /** Called after every row group with how many rows of how many are done. */
  onProgress?: (progress: { done: number; total: number }) => void;
  /**
   * Ends the work early: it rejects with the signal's reason. By default, an interrupt of the cell or
   * of the program ends it.
   */
  signal?: AbortSignal;
}

/**
 * Writes `training.jsonl`, `validation.jsonl`, `problems.arrow` and `manifest.json`, and returns what the
 * manifest says. The same shards and settings give identical bytes. Throws a `DataError` or a
 * `ConfigurationError` that says what to do if a shard is missing or damaged, the folder cannot be written, a
 * file passes `maxBytes`, or too few problems are left; the files of an earlier run stay as they are then.
 *
 * @example
 * const preparation = await prepareData({ inputDir: "training_data", outputDir: ".", validationFraction: 0.2 });
 * console.log(preparation.outputs.map(({ file, lines }) => `${file}: ${lines} lines`));
 */
export function prepareData(options: PrepareOptions): Promise<Preparation> {
  const farewell =
    "The preparation has stopped; earlier files are as they were. Run this cell again to prepare the data anew.";
  return interruptible((signal) => prepare({ ...options, signal }), farewell, options.signal);
}

async function prepare(options: PrepareOptions): Promise<Preparation> {
  const settings = settingsOf(options);
  const { outputDir, signal } = settings;
  const { paths, available, isSample } = await findShards(settings.inputDir, settings.shards);
  const shards = await Promise.all(paths.map(openShard));
  const hashes = await verifyChecksums(paths, signal);
  const folder = await openUnfinished(outputDir);
  try {
    const result = await convert(shards, folder, settings);
    checkLines(result);
    const jsonlFiles = result.outputs.map(({ file }) => file).filter((file) => file.endsWith(".jsonl"));
    const duplicates = [...result.duplicates.values()];
    const { format, seed, validationFraction, testFraction, maxPromptTokens } = settings;
    const preparation: Preparation = {
      format,
      seed,
      validationFraction,
      testFraction,
      maxPromptTokens: Number.isFinite(maxPromptTokens) ? maxPromptTokens : null,
      isSample,
      availableShards: available,
      inputs: shards.map((shard, i) => ({
        file: shard.name,
        bytes: shard.bytes,
        rows: shard.rows,
        duplicates: result.duplicates.get(shard) ?? { withinShard: 0, acrossShards: 0 },
        sha256: hashes[i] ?? "",
      })),
      counts: result.counts,
      questions: result.questions,
      disagreements: result.disagreements,
      duplicates: {
        withinShards: sum(duplicates.map(({ withinShard }) => withinShard)),
        acrossShards: sum(duplicates.map(({ acrossShards }) => acrossShards)),
      },
      promptTokens: summariseTokens(result.promptTokens),
      leakage: await countLeakage(jsonlFiles.map((file) => join(folder, file))),
      outputs: result.outputs,
    };
    await replaceFile(join(folder, fileNames.manifest), `${JSON.stringify(preparation, null, 2)}\n`);
    signal?.throwIfAborted();
    commitPreparation(folder, outputDir);
    return preparation;
  } catch (error) {
    // Reading reports its own errors, so one of the system's comes from writing, e.g. a full disk.
    throw error instanceof Error && "syscall" in error ? unwritable(outputDir, error) : error;
  } finally {
    await closeUnfinished(folder);
  }
}

type Callbacks = "onProgress" | "signal";
type Settings = Required<Omit<PrepareOptions, Callbacks>> & Pick<PrepareOptions, Callbacks>;

/** The options with their defaults. Throws a `ConfigurationError` for one that is out of range. */
function settingsOf({
  shards = prepareDefaults.shards,
  format = prepareDefaults.format,
  validationFraction = prepareDefaults.validationFraction,
  testFraction = prepareDefaults.testFraction,
  seed = prepareDefaults.seed,
  maxBytes = prepareDefaults.maxBytes,
  maxPromptTokens = prepareDefaults.maxPromptTokens,
  drop = prepareDefaults.drop,
  ...others
}: PrepareOptions): Settings {
  const kinds = droppableKinds.map(({ kind }) => kind);
  const unknown = drop.find((kind) => !kinds.includes(kind));
  const check = (isRight: boolean, fault: string): void => {
    if (!isRight) throw new ConfigurationError(fault);
  };
  check(
    shards === "all" || (Number.isInteger(shards) && shards > 0),
    `The number of shards is ${shards}; it must be a whole number from 1 on, or all.`,
  );
  check(
    format === "rft" || format === "sft",
    `The format ${format} is unknown. Use rft (reinforcement) or sft (supervised).`,
  );
  check(
    validationFraction > 0 && validationFraction < 1,
    `The validation fraction is ${validationFraction}; it must lie between 0 and 1, for example 0.1.`,
  );
  check(
    testFraction >= 0 && validationFraction + testFraction < 1,
    `The test fraction is ${testFraction}; it must be 0 or more, and leave something for training beside ${validationFraction} for validation.`,
  );
  check(Number.isInteger(seed), `The seed is ${seed}; it must be a whole number, for example 42.`);
  check(maxBytes > 0, `The size limit is ${maxBytes}; it must be a number of bytes, for example 500000000.`);
  check(maxPromptTokens > 0, `The token limit is ${maxPromptTokens}; it must be a number of tokens, for example 2000.`);
  check(
    unknown === undefined,
    `There are no questions of the kind "${unknown}" to drop. The kinds are ${kinds.join(", ")}.`,
  );
  return { shards, format, validationFraction, testFraction, seed, maxBytes, maxPromptTokens, drop, ...others };
}

/** Writes the JSONL files and the index into `folder`, row group by row group. Incomplete if it throws. */
async function convert(shards: readonly Shard[], folder: string, settings: Settings): Promise<ConversionResult> {
  const { format, testFraction, drop, onProgress, signal } = settings;
  const usedSplits = splits.filter((split) => split !== "test" || testFraction > 0);
  const result = emptyResult(shards, usedSplits, drop);
  const sandbox = openSandbox();
  const table = new ProblemsTable(join(folder, fileNames.problems));
  const writers = new Map<Outcome, LineWriter>();
  try {
    for (const split of usedSplits) writers.set(split, await LineWriter.create(join(folder, fileNames[split])));
    const context: ScreenContext = {
      settings,
      sandbox,
      countTokens: await loadPromptTokenCount(format),
      seen: new SeenProblems(),
      kept: new SeenProblems(),
    };
    const total = sum(shards.map(({ rows }) => rows));
    let done = 0;
    for (const shard of shards) {
      for await (const rows of readRowGroups(shard)) {
        signal?.throwIfAborted();
        const screened = await screenRows(rows, shard, context);
        for (const { row, outcome } of screened) {
          const writer = writers.get(outcome);
          if (!writer) continue;
          await writeTrainingLine(writer, row, format);
          if (writer.bytes > settings.maxBytes) throw tooLarge(outcome, writer, shards, shard);
        }
        for (const row of screened) recordRow(result, shard, row);
        await table.write(screened.map(problemRow));
        done += rows.length;
        onProgress?.({ done, total });
      }
    }
    for (const [split, writer] of writers) {
      const sha256 = await writer.finish();
      result.outputs.push({ file: `${split}.jsonl`, bytes: writer.bytes, lines: writer.lines, sha256 });
    }
    await table.finish();
    const path = join(folder, fileNames.problems);
    const { size } = await stat(path);
    result.outputs.push({ file: fileNames.problems, bytes: size, lines: done, sha256: await hashFile(path) });
    return result;
  } finally {
    sandbox.close();
    await Promise.allSettled([table.finish(), ...[...writers.values()].map((writer) => writer.close())]);
  }
}

function tooLarge(
  split: Outcome,
  { bytes, lines }: LineWriter,
  shards: readonly Shard[],
  shard: Shard,
): ConfigurationError {
  const before = shards.indexOf(shard);
  const fits =
    before === 0
      ? "Not even the first shard fits whole: raise --max_bytes."
      : `The first ${before} of ${shards.length} shards fit: take only those with --shards ${before}, or raise --max_bytes.`;
  return new ConfigurationError(
    `${split}.jsonl passes the limit of --max_bytes: with line ${numberText(lines)}, from ${shard.name}, it reaches ${numberText(bytes)} bytes. ${fits}`,
  );
}

function checkLines({ outputs }: ConversionResult): void {
  for (const { file, lines } of outputs) {
    const needed = file === fileNames.training ? trainingFileLimits.minLines : 1;
    if (lines < needed && file !== fileNames.test)
      throw new DataError(
        `Only ${lines} problems are left for ${file}, and at least ${needed} are needed. Add shards, or change the validation fraction.`,
      );
  }
}
