/**
 * What a preparation reports: the content of `manifest.json`.
 * @module
 */
import type { Disagreement } from "./disagreements.js";
import { dropReasons } from "./drop-reasons.js";
import type { Repeats } from "./duplicates.js";
import type { Verdict } from "./judge-rows.js";
import type { Split } from "./problem-text.js";
import { type DroppableKind, type QuestionKind, questionKinds } from "./question-kinds.js";
import type { TokenSummary } from "./token-count.js";
import type { DataFormat } from "./training-lines.js";

/** The files that a preparation writes, `test` only where asked for. The manifest comes last: it vouches for the others. */
export const fileNames = {
  training: "training.jsonl",
  validation: "validation.jsonl",
  test: "test.jsonl",
  problems: "problems.arrow",
  manifest: "manifest.json",
} as const satisfies Record<Split | "problems" | "manifest", string>;

/** The whole record of one preparation; the same inputs and settings give the same record. */
export interface Preparation {
  format: DataFormat;
  seed: number;
  /** The shares of problems meant for validation and for the file set aside. */
  validationFraction: number;
  testFraction: number;
  /** Tokens that a prompt may have; null for any number. */
  maxPromptTokens: number | null;
  /** Whether the project's generated sample was used, for want of other shards. */
  isSample: boolean;
  /** How many shards the folder holds, read or not. */
  availableShards: number;
  inputs: InputFile[];
  counts: Count[];
  questions: QuestionCount[];
  /** Rows with which the reward disagrees. */
  disagreements: Disagreement[];
  /** Rows whose problem already stood in an earlier row, kept or not; the inputs tell them by shard. */
  repeats: { withinShards: number; acrossShards: number };
  /** Lengths of the prompts kept. */
  promptTokens: TokenSummary;
  /** Lines whose problem stands in another output file too, counted by reading them again. */
  leakage: number;
  outputs: OutputFile[];
}

/** A shard that was read. */
export interface InputFile {
  file: string;
  bytes: number;
  rows: number;
  repeats: Repeats;
  sha256: string;
}

/** A file that was written. */
export interface OutputFile {
  file: string;
  bytes: number;
  /** Lines of a JSONL file, rows of `problems.arrow`. */
  lines: number;
  sha256: string;
}

/** What became of the rows: kept for a split, or dropped for a reason. */
export interface Count {
  what: Verdict;
  rows: number;
  description: string;
}

/** What the rows ask, kept or dropped. */
export interface QuestionCount {
  what: QuestionKind;
  rows: number;
  /** Whether this kind is left out. */
  dropped: boolean;
  description: string;
}

/** The table of counts from the number of rows for each verdict: the splits first, then every drop reason, those without rows included. */
export function describeCounts(rowsByVerdict: ReadonlyMap<Verdict, number>, withTest: boolean): Count[] {
  const descriptions: Partial<Record<Verdict, string>> = {
    training: "Kept: what the model is trained on.",
    validation: "Kept: what the model is measured on while it trains.",
    ...(withTest && { test: "Kept: set aside for the end, when nothing is tuned any more." }),
    ...dropReasons,
  };
  return Object.entries(descriptions).map(([key, description]) => {
    const what = key as Verdict;
    return { what, rows: rowsByVerdict.get(what) ?? 0, description };
  });
}

/** The table of questions from the number of rows of each kind. */
export function describeQuestions(
  rowsByKind: ReadonlyMap<QuestionKind, number>,
  drop: readonly DroppableKind[],
): QuestionCount[] {
  return Object.entries(questionKinds).map(([key, description]) => {
    const what = key as QuestionKind;
    return { what, rows: rowsByKind.get(what) ?? 0, dropped: drop.some((kind) => kind === what), description };
  });
}
