/**
 * Streams shards into the files of a preparation, row group by row group.
 * @module
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { openSandbox } from "../grader/sandbox.js";
import { UserError } from "../util/errors.js";
import { hashFile } from "../util/hash.js";
import { type Disagreement, noDisagreements, noteDisagreement } from "./disagreements.js";
import { noProblemsMet, type Repeats } from "./duplicates.js";
import { type JudgedRow, type JudgeRules, judgeRows, type Verdict } from "./judge-rows.js";
import { LineWriter } from "./line-writer.js";
import { fileNames, type OutputFile } from "./preparation.js";
import { type Split, splits } from "./problem-text.js";
import { type ProblemRow, ProblemsTable } from "./problems-table.js";
import type { QuestionKind } from "./question-kinds.js";
import { readRowGroups, type Shard } from "./shard.js";
import { loadPromptTokenCount } from "./token-count.js";
import { writeTrainingLine } from "./training-lines.js";
import { countCharacters } from "./utf8.js";

/** How shards become files. */
export interface WriteSettings extends JudgeRules {
  /** Bytes that one JSONL file may reach. */
  maxBytes: number;
  /** Told after every row group how many rows of how many are done. */
  onProgress?: (progress: { done: number; total: number }) => void;
  /** Ends the work early: it rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What was written, and what was found out on the way. */
export interface Written {
  outputs: OutputFile[];
  rowsByVerdict: Map<Verdict, number>;
  rowsByKind: Map<QuestionKind, number>;
  promptsByTokens: Map<number, number>;
  disagreements: Disagreement[];
  /** One entry for each shard. */
  repeats: Repeats[];
}

type Writers = Map<Verdict, LineWriter>;

/**
 * Writes the JSONL files and the index into `folder`, which holds none of them yet. Throws a `UserError` where a shard turns out
 * damaged or a file passes `maxBytes`; the files are incomplete then.
 */
export async function writeFiles(shards: readonly Shard[], folder: string, settings: WriteSettings): Promise<Written> {
  const sandbox = openSandbox();
  const table = new ProblemsTable(join(folder, fileNames.problems));
  const writers: Writers = new Map();
  try {
    for (const split of splitsOf(settings)) {
      writers.set(split, await LineWriter.create(join(folder, fileNames[split])));
    }
    const tools = { sandbox, promptTokens: await loadPromptTokenCount(settings.format) };
    const met = noProblemsMet(shards.length);
    const written: Written = {
      outputs: [],
      rowsByVerdict: new Map(),
      rowsByKind: new Map(),
      promptsByTokens: new Map(),
      disagreements: noDisagreements(),
      repeats: met.repeats,
    };
    const total = shards.reduce((sum, { rows }) => sum + rows, 0);
    let done = 0;
    for (const [shardIndex, shard] of shards.entries()) {
      for await (const rows of readRowGroups(shard)) {
        settings.signal?.throwIfAborted();
        const judged = await judgeRows(rows, shardIndex, met, settings, tools);
        for (const row of judged) {
          note(written, shard.name, row);
          const writer = writers.get(row.verdict);
          if (writer === undefined) continue;
          await writeTrainingLine(writer, row.row, settings.format);
          if (writer.bytes > settings.maxBytes) throw tooLarge(row.verdict, writer, shards, shardIndex);
        }
        await table.write(judged.map(problemRow));
        done += rows.length;
        settings.onProgress?.({ done, total });
      }
    }
    for (const [split, writer] of writers) {
      const sha256 = await writer.finish();
      written.outputs.push({ file: `${split}.jsonl`, bytes: writer.bytes, lines: writer.lines, sha256 });
    }
    await table.finish();
    written.outputs.push(await describeTable(join(folder, fileNames.problems), done));
    return written;
  } finally {
    sandbox.close();
    await Promise.allSettled([table.finish(), ...[...writers.values()].map((writer) => writer.close())]);
  }
}

function splitsOf({ fractions }: WriteSettings): Split[] {
  return splits.filter((split) => split !== "test" || fractions.test > 0);
}

function note(
  written: Written,
  file: string,
  { row, verdict, questionKind, check, isSound, promptTokens }: JudgedRow,
): void {
  countUp(written.rowsByVerdict, verdict);
  countUp(written.rowsByKind, questionKind);
  if (promptTokens !== null) countUp(written.promptsByTokens, promptTokens);
  if (check && isSound) noteDisagreement(written.disagreements, file, row, check);
}

function countUp<T>(counts: Map<T, number>, key: T): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** What the index says of a row. */
function problemRow({ row, verdict, questionKind, check, promptTokens }: JudgedRow): ProblemRow {
  const split = splits.find((split) => split === verdict) ?? null;
  return {
    uuid: row.uuid,
    split,
    source: row.source,
    problemType: row.problemType,
    questionKind,
    answer: row.answer,
    answerKind: check?.kind ?? null,
    promptTokens,
    traceCharacters: row.trace && countCharacters(row.trace),
    dropped: split ? null : (verdict as ProblemRow["dropped"]),
  };
}

async function describeTable(path: string, rows: number): Promise<OutputFile> {
  const { size } = await stat(path);
  return { file: fileNames.problems, bytes: size, lines: rows, sha256: await hashFile(path) };
}

function tooLarge(
  split: Verdict,
  { bytes, lines }: LineWriter,
  shards: readonly Shard[],
  shardIndex: number,
): UserError {
  const number = (value: number): string => value.toLocaleString("en");
  const fits =
    shardIndex === 0
      ? "Not even the first shard fits whole: raise --max_bytes."
      : `The first ${shardIndex} of ${shards.length} shards fit: take only those with --shards ${shardIndex}, or raise --max_bytes.`;
  return new UserError(
    `${split}.jsonl passes the limit of --max_bytes: with line ${number(lines)}, from ${shards[shardIndex]?.name}, it reaches ${number(bytes)} bytes. ${fits}`,
  );
}
