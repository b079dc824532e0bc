/**
 * Decides for each row in which file it is kept, or why it is dropped.
 * @module
 */
import type { GraderSandbox } from "../grader/sandbox.js";
import { type AnswerCheck, checkAnswers } from "./check-answers.js";
import { type DropReason, type DropRules, dropReasonOf } from "./drop-reasons.js";
import { keepProblem, type MetProblems, meetProblem } from "./duplicates.js";
import { problemKey, type Split, type SplitFractions, splitOf } from "./problem-text.js";
import { type QuestionKind, questionKindOf } from "./question-kinds.js";
import type { SourceRow } from "./shard.js";
import type { PromptTokenCount } from "./token-count.js";

/** What becomes of a row: the split it is kept for, or the reason why it is dropped. */
export type Verdict = Split | DropReason;

/** By which rules rows are judged. */
export interface JudgeRules extends DropRules {
  seed: number;
  fractions: SplitFractions;
  /** Tokens that a prompt may have. */
  maxPromptTokens: number;
}

/** What judging needs at hand. */
export interface JudgeTools {
  sandbox: GraderSandbox;
  promptTokens: PromptTokenCount;
}

/** A row and all that was found out about it. */
export interface JudgedRow {
  row: SourceRow;
  verdict: Verdict;
  questionKind: QuestionKind;
  /** Null where there is no answer to check. */
  check: AnswerCheck | null;
  /** Whether nothing in the row itself, its answer aside, forbids to keep it. */
  isSound: boolean;
  /** Null where the row is dropped. */
  promptTokens: number | null;
}

/** Judges the rows of a row group and enters their problems into `met`. */
export async function judgeRows(
  rows: readonly SourceRow[],
  shardIndex: number,
  met: MetProblems,
  rules: JudgeRules,
  { sandbox, promptTokens }: JudgeTools,
): Promise<JudgedRow[]> {
  const answered = rows.filter(({ answer }) => answer.trim() !== "");
  const checks = await checkAnswers(sandbox, answered);
  const checkOf = new Map(answered.map((row, i) => [row, checks[i]]));
  return rows.map((row) => {
    const check = checkOf.get(row) ?? null;
    const questionKind = questionKindOf(row);
    const reason = dropReasonOf(row, questionKind, rules);
    const key = problemKey(row.problem);
    if (reason !== "no problem") meetProblem(met, key, shardIndex);
    const found = { row, questionKind, check, isSound: reason === null };
    const dropped = (verdict: DropReason): JudgedRow => ({ ...found, verdict, promptTokens: null });
    if (reason) return dropped(reason);
    if (!check?.matchesItself) return dropped("answer does not match itself");
    const tokens = promptTokens(row.problem);
    if (tokens > rules.maxPromptTokens) return dropped("prompt too long");
    if (!keepProblem(met, key)) return dropped("repeat");
    return { ...found, verdict: splitOf(key, rules.seed, rules.fractions), promptTokens: tokens };
  });
}
