/**
 * From Parquet shards to training and validation files: read, check, split, write. Everything streams, so that memory holds one
 * row group and the keys of the problems met; the files take their places together at the end, or not at all.
 * @module
 */
import { join } from "node:path";
import { trainingFileLimits } from "../service/training-file.js";
import { UserError } from "../util/errors.js";
import { replaceFile } from "../util/files.js";
import { verifyChecksums } from "./checksums.js";
import { findShards, type ShardLimit } from "./find-shards.js";
import { countLeakage } from "./leakage.js";
import { closeUnfinished, commitPreparation, openUnfinished, unwritable } from "./output-folder.js";
import { describeCounts, describeQuestions, fileNames, type OutputFile, type Preparation } from "./preparation.js";
import { type DroppableKind, droppedKinds, questionKinds } from "./question-kinds.js";
import { openShard } from "./shard.js";
import { summariseTokens } from "./token-count.js";
import type { DataFormat } from "./training-lines.js";
import { type WriteSettings, writeFiles } from "./write-files.js";

/** Where from, where to, and how. What is left out is as `npm run prepare-data` has it. */
export interface PrepareOptions extends Pick<WriteSettings, "onProgress" | "signal"> {
  /** The folder with the Parquet shards. */
  inputDir: string;
  /** The folder for the files; it is made where it is missing. */
  outputDir: string;
  /** How many shards to take: the first ones by name, or all; 2 unless given. */
  shards?: ShardLimit;
  format?: DataFormat;
  /** The share of problems for validation, above 0 and below 1; 0.1 unless given. */
  validationFraction?: number;
  /** The share of problems for a third file that is set aside, `test.jsonl`; 0 unless given, and then there is no such file. */
  testFraction?: number;
  /** Another seed gives another split. */
  seed?: number;
  /** Bytes that each JSONL file may reach; 500,000,000 unless given. */
  maxBytes?: number;
  /** Tokens that a prompt may have; any number unless given. */
  maxPromptTokens?: number;
  /** The kinds of questions to leave out; proofs and images unless given. */
  drop?: readonly DroppableKind[];
}

/**
 * Writes `training.jsonl`, `validation.jsonl`, `problems.arrow` and `manifest.json`, and returns what the manifest says. The same
 * shards and settings give identical bytes. Throws a `UserError` that says what to do where a shard is missing or damaged, the
 * folder cannot be written, a file passes `maxBytes`, or too few problems are left; files of an earlier run stay then.
 */
export async function prepareData(options: PrepareOptions): Promise<Preparation> {
  const { inputDir, outputDir, shards: limit = 2, signal } = options;
  const settings = settingsOf(options);
  checkSettings(settings, limit);
  const { paths, available, isSample } = await findShards(inputDir, limit);
  const shards = await Promise.all(paths.map(openShard));
  const hashes = await verifyChecksums(paths, signal);
  const folder = await openUnfinished(outputDir);
  try {
    const written = await writeFiles(shards, folder, settings);
    checkLines(written.outputs);
    const jsonlFiles = written.outputs.map(({ file }) => file).filter((file) => file.endsWith(".jsonl"));
    const { format, seed, fractions, maxPromptTokens, drop } = settings;
    const preparation: Preparation = {
      format,
      seed,
      validationFraction: fractions.validation,
      testFraction: fractions.test,
      maxPromptTokens: Number.isFinite(maxPromptTokens) ? maxPromptTokens : null,
      isSample,
      availableShards: available,
      inputs: shards.map(({ name, bytes, rows }, i) => ({
        file: name,
        bytes,
        rows,
        repeats: written.repeats[i] ?? { withinShard: 0, acrossShards: 0 },
        sha256: hashes[i] ?? "",
      })),
      counts: describeCounts(written.rowsByVerdict, fractions.test > 0),
      questions: describeQuestions(written.rowsByKind, drop),
      disagreements: written.disagreements,
      repeats: {
        withinShards: written.repeats.reduce((sum, { withinShard }) => sum + withinShard, 0),
        acrossShards: written.repeats.reduce((sum, { acrossShards }) => sum + acrossShards, 0),
      },
      promptTokens: summariseTokens(written.promptsByTokens),
      leakage: await countLeakage(jsonlFiles.map((file) => join(folder, file))),
      outputs: written.outputs,
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

function settingsOf({
  format = "rft",
  validationFraction = 0.1,
  testFraction = 0,
  seed = 42,
  maxBytes = 500_000_000,
  maxPromptTokens = Number.POSITIVE_INFINITY,
  drop = droppedKinds,
  onProgress,
  signal,
}: PrepareOptions): WriteSettings {
  const fractions = { validation: validationFraction, test: testFraction };
  return { format, fractions, seed, maxBytes, maxPromptTokens, drop, onProgress, signal };
}

function checkSettings(settings: WriteSettings, limit: ShardLimit): void {
  const { format, fractions, seed, maxBytes, maxPromptTokens, drop } = settings;
  const { validation, test } = fractions;
  if (limit !== "all" && !(Number.isInteger(limit) && limit > 0))
    throw new UserError(`The number of shards is ${limit}; it must be a whole number from 1 on, or all.`);
  if (format !== "rft" && format !== "sft")
    throw new UserError(`The format ${format} is unknown. Use rft (reinforcement) or sft (supervised).`);
  if (!(validation > 0 && validation < 1))
    throw new UserError(`The validation fraction is ${validation}; it must lie between 0 and 1, for example 0.1.`);
  if (!(test >= 0 && validation + test < 1))
    throw new UserError(
      `The test fraction is ${test}; it must be 0 or more, and leave something for training beside ${validation} for validation.`,
    );
  if (!Number.isInteger(seed)) throw new UserError(`The seed is ${seed}; it must be a whole number, for example 42.`);
  if (!(maxBytes > 0))
    throw new UserError(`The size limit is ${maxBytes}; it must be a number of bytes, for example 500000000.`);
  if (!(maxPromptTokens > 0))
    throw new UserError(`The token limit is ${maxPromptTokens}; it must be a number of tokens, for example 2000.`);
  const droppable = Object.keys(questionKinds).filter((kind) => kind !== "single question");
  const unknown = drop.find((kind) => !droppable.includes(kind));
  if (unknown !== undefined)
    throw new UserError(
      `There are no questions of the kind "${unknown}" to drop. The kinds are ${droppable.join(", ")}.`,
    );
}

function checkLines(outputs: readonly OutputFile[]): void {
  const least: Record<string, number> = {
    [fileNames.training]: trainingFileLimits.minimumLines,
    [fileNames.validation]: 1,
  };
  for (const { file, lines } of outputs) {
    const needed = least[file] ?? 0;
    if (lines < needed)
      throw new UserError(
        `Only ${lines} problems are left for ${file}, and at least ${needed} are needed. Add shards, or change the validation fraction.`,
      );
  }
}
