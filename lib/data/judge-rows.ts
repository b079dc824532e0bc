/**
 * Decides for each row on which side of the split it is kept, or why it is dropped.
 * @module
 */
import { answersEqual } from "../grader/answers.js";
import type { GraderSandbox } from "../grader/sandbox.js";
import { type DropReason, dropReasonOf } from "./drop-reasons.js";
import { problemKey, type Split, splitOf } from "./problem-text.js";
import type { SourceRow } from "./shard.js";
import type { DataFormat } from "./training-lines.js";

/** What becomes of a row: the split it is kept for, or the reason why it is dropped. */
export type Verdict = Split | DropReason;

/** Repeated rows, by where the problem was first met. */
export interface Repeats {
  withinShards: number;
  acrossShards: number;
}

/** By which rules rows are judged. */
export interface JudgeRules {
  format: DataFormat;
  seed: number;
  validationFraction: number;
  sandbox: GraderSandbox;
}

/** The problems met so far, by their keys: the only thing that grows with the number of rows. */
export interface MetProblems {
  /** The index of the shard in which each problem was first met. */
  firstShard: Map<string, number>;
  kept: Set<string>;
  repeats: Repeats;
}

/** No problems met: where a preparation starts. */
export function noProblemsMet(): MetProblems {
  return { firstShard: new Map(), kept: new Set(), repeats: { withinShards: 0, acrossShards: 0 } };
}

/** One verdict for each row of a row group; enters the rows' problems into `met`. */
export async function judgeRows(
  rows: readonly SourceRow[],
  shardIndex: number,
  met: MetProblems,
  { format, seed, validationFraction, sandbox }: JudgeRules,
): Promise<Verdict[]> {
  const reasons = rows.map((row) => dropReasonOf(row, format));
  const answers = rows.filter((_, i) => reasons[i] === null).map(({ answer }) => answer);
  const unreadable = await unreadableAnswers(sandbox, [...new Set(answers)]);
  return rows.map(({ problem, answer }, i) => {
    const key = problemKey(problem);
    if (reasons[i] !== "no problem") countRepeat(met, key, shardIndex);
    const reason = reasons[i] ?? (unreadable.has(answer) ? "answer does not match itself" : null);
    if (reason) return reason;
    if (met.kept.has(key)) return "repeat";
    met.kept.add(key);
    return splitOf(key, seed, validationFraction);
  });
}

async function unreadableAnswers(sandbox: GraderSandbox, answers: string[]): Promise<Set<string>> {
  const matches = await answersEqual(
    sandbox,
    answers.map((answer) => ({ gold: answer, pred: answer })),
  );
  return new Set(answers.filter((_, i) => !matches[i]));
}

function countRepeat({ firstShard, repeats }: MetProblems, key: string, shardIndex: number): void {
  const first = firstShard.get(key);
  if (first === undefined) firstShard.set(key, shardIndex);
  else if (first === shardIndex) repeats.withinShards += 1;
  else repeats.acrossShards += 1;
}
