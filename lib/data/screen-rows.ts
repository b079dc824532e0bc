/**
 * Decides what becomes of each row: the file it is kept for, or the reason why it is dropped. The rules are
 * one table, in the order in which they are asked.
 * @module
 */
import type { GraderSandbox } from "../grader/sandbox.js";
import { type AnswerCheck, checkAnswers } from "./check-answers.js";
import type { SourceRow } from "./read-rows.js";
import { problemKey, type SeenProblems, type Split, type SplitSettings, splitOf, splits } from "./seen-problems.js";
import type { Shard } from "./shards.js";
import type { DataFormat, PromptTokenCount } from "./training-lines.js";

/** What becomes of a row: the split it is kept for, or the reason why it is dropped. */
export type Outcome = Split | DropReason;

/** Whether a row with this outcome is kept. */
export function isKept(outcome: Outcome): outcome is Split {
  return splits.some((split) => split === outcome);
}

/** What the rules leave open. */
export interface ScreenSettings extends SplitSettings {
  format: DataFormat;
  /** The kinds of questions to drop. */
  drop: readonly DroppableKind[];
  /** Tokens that a prompt may have. */
  maxPromptTokens: number;
}

type Question = Pick<SourceRow, "problem" | "answer" | "questionType">;

interface KindRule {
  kind: string;
  description: string;
  fits: (question: Question) => boolean;
}

/** The kinds of questions that can be dropped. */
export const droppableKinds = [
  {
    kind: "proof",
    description: "A proof is asked for; a final answer cannot show whether it holds.",
    fits: asksForProof,
  },
  {
    kind: "image",
    description: "The problem needs an image that the text only links to.",
    fits: ({ problem }) => /!\[[^\]]*\]\(/.test(problem),
  },
  {
    kind: "multiple choice",
    description: "One of several options is asked for; a guess is right once in four or five times.",
    fits: ({ problem, questionType }) => /^mcq$/i.test(questionType) || options.test(problem),
  },
  {
    kind: "several parts",
    description: "The text is divided into parts; the reference answer may answer all of them or one.",
    fits: ({ problem }) => parts.some((pair) => pair.test(problem)),
  },
] as const satisfies readonly KindRule[];

/** Every kind of question, in the order in which they are recognised, with its explanation for people. */
export const questionKinds = [
  ...droppableKinds,
  { kind: "single question", description: "One final answer is asked for.", fits: () => true },
] as const satisfies readonly KindRule[];

export type DroppableKind = (typeof droppableKinds)[number]["kind"];

export type QuestionKind = (typeof questionKinds)[number]["kind"];

/** The first kind that fits. Many rows have no label for it, so the text counts as well. */
export function questionKindOf(question: Question): QuestionKind {
  return questionKinds.find(({ fits }) => fits(question))?.kind ?? "single question";
}

/** A text that says "prove" and asks for nothing else is a proof, whatever its answer says. */
function asksForProof({ problem, answer, questionType }: Question): boolean {
  if (/^proof$/i.test(questionType) || /^proof\.?$/i.test(answer.trim())) return true;
  return /\b(?:prove|show) that\b/i.test(problem) && !asksForValue.test(problem);
}

const asksForValue =
  /\?|\b(?:find|determine|compute|calculate|evaluate|solve|express|factori[sz]e|simplify|give|what|which|how|when|for which)\b/i;

/** Marks such as `(A)`, `A.`, `A)` or `\textbf{(A)}`, the first three in a row. */
const option = (letter: string): string => String.raw`(?:^|[\s({$])\(?${letter}\s?[).:}]`;
const options = new RegExp(["A", "B", "C"].map(option).join(String.raw`[\s\S]*?`), "m");

/** Marks such as `(a)`, `a)`, `(1)` or `(i)` that start a line or a sentence, the first two of a kind. */
const part = (mark: string): string => String.raw`(?:^\s*|[.?!:;]\s+)\(?${mark}\)`;
const parts = [
  ["a", "b"],
  ["1", "2"],
  ["i", "ii"],
].map((marks) => new RegExp(marks.map(part).join(String.raw`[\s\S]*?`), "m"));

/** What the rules ask about. */
export interface Candidate {
  row: SourceRow;
  questionKind: QuestionKind;
  /** Null if there is no answer to check. */
  check: AnswerCheck | null;
  /** Whether an earlier row with this problem is kept. */
  isRepeat: boolean;
  /** Called only if no rule before applies: counting takes time. */
  promptTokens: () => number;
}

interface DropRule {
  reason: string;
  description: string;
  applies: (candidate: Candidate, settings: ScreenSettings) => boolean;
}

/** Every reason to drop a row, with its explanation. The first one that applies is the row's outcome. */
export const dropRules = [
  {
    reason: "no problem",
    description: "The row has no problem text.",
    applies: ({ row }) => row.problem.trim() === "",
  },
  {
    reason: "no answer",
    description: "There is no reference answer to compare with.",
    applies: ({ row }) => /^(not ?found|none|null|n\/a|)$/i.test(row.answer.trim()),
  },
  {
    reason: "cut-off answer",
    description: "The reference answer ends inside braces, so that no solution could ever be rewarded.",
    applies: ({ row }) => isCutOff(row.answer),
  },
  ...droppableKinds.map(({ kind, description }) => ({
    reason: kind,
    description,
    applies: ({ questionKind }: Candidate, { drop }: ScreenSettings) => questionKind === kind && drop.includes(kind),
  })),
  {
    reason: "no verified trace",
    description: "None of the solutions is complete and verified, so there is nothing to imitate.",
    applies: ({ row }, { format }) => format === "sft" && row.trace === null,
  },
  {
    reason: "answer does not match itself",
    description: "The grader cannot read the reference answer, so that no solution could ever be rewarded.",
    applies: ({ check }) => !check?.matchesItself,
  },
  {
    reason: "repeat",
    description: "The same problem was already kept.",
    applies: ({ isRepeat }) => isRepeat,
  },
  {
    reason: "prompt too long",
    description: "The prompt has more tokens than --max_prompt_tokens allows.",
    applies: ({ promptTokens }, { maxPromptTokens }) => promptTokens() > maxPromptTokens,
  },
] as const satisfies readonly DropRule[];

export type DropReason = (typeof dropRules)[number]["reason"];

/** Whether braces do not pair. Escaped ones count too: `\{1, 2\` was cut at its first `}`. */
function isCutOff(answer: string): boolean {
  let depth = 0;
  for (const character of answer) {
    if (character === "{") depth += 1;
    if (character === "}") depth -= 1;
    if (depth < 0) return true;
  }
  return depth > 0;
}

/** Why a row is dropped, or null if no rule applies. */
export function dropReasonOf(candidate: Candidate, settings: ScreenSettings): DropReason | null {
  return dropRules.find(({ applies }) => applies(candidate, settings))?.reason ?? null;
}

/** What screening needs besides the rows. */
export interface ScreenContext {
  settings: ScreenSettings;
  sandbox: GraderSandbox;
  countTokens: PromptTokenCount;
  /** The problems of all rows so far. */
  seen: SeenProblems<Shard>;
  /** The problems of the rows that are kept. */
  kept: SeenProblems<Shard>;
}

/** A row, what becomes of it, and what was found out about it. */
export interface ScreenedRow extends Pick<Candidate, "row" | "questionKind" | "check"> {
  outcome: Outcome;
  /** Null if the row is dropped. */
  promptTokens: number | null;
  /** The shard in which an earlier row has the same problem, kept or not; null if none has. */
  duplicateOf: Shard | null;
}

/** Screens the rows of a row group, one after the other, and records their problems. */
export async function screenRows(
  rows: readonly SourceRow[],
  shard: Shard,
  context: ScreenContext,
): Promise<ScreenedRow[]> {
  const answered = rows.filter(({ answer }) => answer.trim() !== "");
  const checks = await checkAnswers(context.sandbox, answered);
  const checkOf = new Map(answered.map((row, i) => [row, checks[i]]));
  return rows.map((row) => screenRow(row, checkOf.get(row) ?? null, shard, context));
}

function screenRow(
  row: SourceRow,
  check: AnswerCheck | null,
  shard: Shard,
  { settings, countTokens, seen, kept }: ScreenContext,
): ScreenedRow {
  const key = problemKey(row.problem);
  const questionKind = questionKindOf(row);
  let tokens: number | undefined;
  const promptTokens = (): number => {
    tokens ??= countTokens(row.problem);
    return tokens;
  };
  const reason = dropReasonOf({ row, questionKind, check, isRepeat: kept.has(key), promptTokens }, settings);
  const [first] = reason === "no problem" ? [] : seen.record(key, shard, row.number);
  const found = { row, questionKind, check, duplicateOf: first?.source ?? null };
  if (reason !== null) return { ...found, outcome: reason, promptTokens: null };
  kept.record(key, shard, row.number);
  return { ...found, outcome: splitOf(key, settings), promptTokens: promptTokens() };
}
