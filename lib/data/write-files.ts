/**
 * Streams shards into the files of a preparation, row group by row group.
 * @module
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.js";
import { openSandbox } from "../grader/sandbox.js";
import { hashFile } from "../hash.js";
import { judgeRows, noProblemsMet, type Verdict } from "./judge-rows.js";
import { LineWriter } from "./line-writer.js";
import { describeCounts, fileNames, type OutputFile, type Preparation } from "./preparation.js";
import type { Split } from "./problem-text.js";
import { type ProblemRow, ProblemsTable } from "./problems-table.js";
import { readRowGroups, type Shard, type SourceRow } from "./shard.js";
import { loadPromptTokenCount, type PromptTokenCount } from "./token-count.js";
import { type DataFormat, trainingLine } from "./training-lines.js";

/** How shards become files. */
export interface WriteSettings {
  format: DataFormat;
  /** The share of problems for validation, above 0 and below 1. */
  validationFraction: number;
  /** Another seed gives another split. */
  seed: number;
  /** Bytes that one JSONL file may reach. */
  maximumBytes: number;
  /** Told after every row group how many rows of how many are done. */
  onProgress?: (progress: { done: number; total: number }) => void;
  /** Ends the work early: it rejects with the signal's reason. */
  signal?: AbortSignal;
}

type Writers = Record<Split, LineWriter>;

/** What was written. */
export type Written = Pick<Preparation, "counts" | "repeats" | "outputs">;

/**
 * Writes both JSONL files and the index into `folder`, which holds none of them yet. Throws a `UserError` where a shard turns out
 * damaged or a file passes `maximumBytes`; the files are incomplete then.
 */
export async function writeFiles(shards: readonly Shard[], folder: string, settings: WriteSettings): Promise<Written> {
  const sandbox = openSandbox();
  const table = new ProblemsTable(join(folder, fileNames.problems));
  const writers: Writers = {
    training: await LineWriter.create(join(folder, fileNames.training)),
    validation: await LineWriter.create(join(folder, fileNames.validation)),
  };
  try {
    const promptTokens = await loadPromptTokenCount();
    const met = noProblemsMet();
    const rowsByVerdict = new Map<Verdict, number>();
    const total = shards.reduce((sum, { rows }) => sum + rows, 0);
    let done = 0;
    for (const [shardIndex, shard] of shards.entries()) {
      for await (const rows of readRowGroups(shard)) {
        settings.signal?.throwIfAborted();
        const verdicts = await judgeRows(rows, shardIndex, met, { ...settings, sandbox });
        for (const verdict of verdicts) rowsByVerdict.set(verdict, (rowsByVerdict.get(verdict) ?? 0) + 1);
        await table.write(await writeRows(rows, verdicts, writers, settings.format, promptTokens));
        checkSizes(writers, settings.maximumBytes, shards, shardIndex);
        done += rows.length;
        settings.onProgress?.({ done, total });
      }
    }
    await table.finish();
    const outputs = [
      await finishLines(fileNames.training, writers.training),
      await finishLines(fileNames.validation, writers.validation),
      await describeTable(join(folder, fileNames.problems), done),
    ];
    return { counts: describeCounts(rowsByVerdict), repeats: met.repeats, outputs };
  } finally {
    sandbox.close();
    await Promise.allSettled([table.finish(), writers.training.close(), writers.validation.close()]);
  }
}

/** Writes the lines of the rows that are kept, and returns what the index says of each row. */
async function writeRows(
  rows: readonly SourceRow[],
  verdicts: readonly Verdict[],
  writers: Writers,
  format: DataFormat,
  promptTokens: PromptTokenCount,
): Promise<ProblemRow[]> {
  const index: ProblemRow[] = [];
  for (const [i, { uuid, source, problemType, answer, trace }] of rows.entries()) {
    const verdict = verdicts[i] as Verdict;
    const entry = { uuid, source, problemType, answer, traceCharacters: trace?.length ?? null };
    if (verdict === "training" || verdict === "validation") {
      const line = trainingLine(rows[i] as SourceRow, format);
      await writers[verdict].write(line);
      index.push({ ...entry, split: verdict, promptTokens: promptTokens(line.messages), dropped: null });
    } else {
      index.push({ ...entry, split: null, promptTokens: null, dropped: verdict });
    }
  }
  return index;
}

async function finishLines(file: string, writer: LineWriter): Promise<OutputFile> {
  const sha256 = await writer.finish();
  return { file, bytes: writer.bytes, lines: writer.lines, sha256 };
}

async function describeTable(path: string, rows: number): Promise<OutputFile> {
  const { size } = await stat(path);
  return { file: fileNames.problems, bytes: size, lines: rows, sha256: await hashFile(path) };
}

function checkSizes(writers: Writers, maximumBytes: number, shards: readonly Shard[], shardIndex: number): void {
  const number = (value: number): string => value.toLocaleString("en");
  for (const [split, { bytes, lines }] of Object.entries(writers)) {
    if (bytes <= maximumBytes) continue;
    const fits =
      shardIndex === 0
        ? "Not even the first shard fits whole: raise --max_bytes."
        : `The first ${shardIndex} of ${shards.length} shards fit: leave only those in the input folder, or raise --max_bytes.`;
    throw new UserError(
      `${split}.jsonl passed the limit of ${number(maximumBytes)} bytes: it reached ${number(bytes)} bytes with ${number(lines)} lines, inside ${shards[shardIndex]?.name}. ${fits}`,
    );
  }
}
