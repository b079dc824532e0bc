/**
 * What a preparation reports, the content of `manifest.json`, and the counts that it is made of.
 * @module
 */
import {
  type DroppableKind,
  dropRules,
  isKept,
  type Outcome,
  type QuestionKind,
  questionKinds,
  type ScreenedRow,
  type ScreenSettings,
} from "./screen-rows.js";
import type { Split } from "./seen-problems.js";
import type { Shard, ShardLimit } from "./shards.js";

/** How data is prepared unless the options say otherwise: prompts of any length, no file set aside. */
export const prepareDefaults = {
  shards: 2,
  format: "rft",
  validationFraction: 0.1,
  testFraction: 0,
  seed: 42,
  maxBytes: 500_000_000,
  maxPromptTokens: Number.POSITIVE_INFINITY,
  /** The grader cannot score a proof, and the model cannot see an image. */
  drop: ["proof", "image"],
} as const satisfies ScreenSettings & { shards: ShardLimit; maxBytes: number };

/** The whole record of one preparation; the same inputs and settings give the same record. */
export interface Preparation extends Pick<ScreenSettings, "format" | "seed" | "validationFraction" | "testFraction"> {
  /** Tokens that a prompt may have; null for any number. */
  maxPromptTokens: number | null;
  /** Whether the project's generated sample was used, because there were no other shards. */
  isSample: boolean;
  /** How many shards the folder holds, read or not. */
  availableShards: number;
  inputs: InputFile[];
  counts: Count[];
  questions: QuestionCount[];
  /** Rows with which the reward disagrees. */
  disagreements: Disagreement[];
  /** Rows whose problem an earlier row has, kept or not; `inputs` tells them by shard. */
  duplicates: { withinShards: number; acrossShards: number };
  /** Lengths of the prompts kept. */
  promptTokens: TokenSummary;
  /** Lines whose problem is in another output file too, counted by reading them again. */
  leakage: number;
  outputs: OutputFile[];
}

/** A shard that was read. */
interface InputFile {
  file: string;
  bytes: number;
  rows: number;
  duplicates: Duplicates;
  sha256: string;
}

/** The rows of one shard whose problem an earlier row has, kept or not. */
interface Duplicates {
  /** First seen in the same shard. */
  withinShard: number;
  /** First seen in an earlier shard. */
  acrossShards: number;
}

/** A file that was written. */
export interface OutputFile {
  file: string;
  bytes: number;
  /** Lines of a JSONL file, rows of `problems.arrow`. */
  lines: number;
  sha256: string;
}

/** How many rows have an outcome. */
interface Count {
  outcome: Outcome;
  rows: number;
  description: string;
}

/** How many rows ask a kind of question, kept or dropped. */
interface QuestionCount {
  what: QuestionKind;
  rows: number;
  /** Whether this kind is dropped. */
  dropped: boolean;
  description: string;
}

const disagreementKinds = [
  {
    what: "answer does not match itself",
    description: "The grader cannot read the reference answer; the row is dropped.",
  },
  {
    what: "trace has another answer",
    description:
      "The boxed answer of the verified trace differs from the reference, as the grader reads both; the row is kept.",
  },
  {
    what: "trace has no answer",
    description: "The verified trace has no boxed answer after its thinking; the row is kept.",
  },
] as const;

/** How the reward can disagree with a row. */
type DisagreementKind = (typeof disagreementKinds)[number]["what"];

/** All rows that disagree in one way. */
interface Disagreement {
  what: DisagreementKind;
  rows: number;
  description: string;
  /** The first 100 of them, each with its shard and its place in it, counted from 1. */
  examples: { file: string; row: number; uuid: string; answer: string; traceAnswer: string | null }[];
}

const maxExamples = 100;

/**
 * Lengths of prompts in tokens: half have at most `p50`, 95 of 100 at most `p95`. All 0 if there are none.
 */
interface TokenSummary {
  p50: number;
  p95: number;
  max: number;
}

/** What converting shards has written and found out so far. */
export interface ConversionResult extends Pick<Preparation, "counts" | "questions" | "disagreements" | "outputs"> {
  duplicates: Map<Shard, Duplicates>;
  /** The lengths of the prompts kept. */
  promptTokens: number[];
}

const splitDescriptions: Record<Split, string> = {
  training: "Kept: what the model is trained on.",
  validation: "Kept: what the model is measured on while it trains.",
  test: "Kept: set aside for the end, when nothing is tuned any more.",
};

/** The result before the first row: no rows for each of the splits, reasons and kinds. */
export function emptyResult(
  shards: readonly Shard[],
  splits: readonly Split[],
  drop: readonly DroppableKind[],
): ConversionResult {
  const dropped = new Set<QuestionKind>(drop);
  return {
    counts: [
      ...splits.map((split) => ({ outcome: split, rows: 0, description: splitDescriptions[split] })),
      ...dropRules.map(({ reason, description }) => ({ outcome: reason, rows: 0, description })),
    ],
    questions: questionKinds.map(({ kind, description }) => ({
      what: kind,
      rows: 0,
      dropped: dropped.has(kind),
      description,
    })),
    disagreements: disagreementKinds.map(({ what, description }) => ({ what, rows: 0, description, examples: [] })),
    duplicates: new Map(shards.map((shard) => [shard, { withinShard: 0, acrossShards: 0 }])),
    promptTokens: [],
    outputs: [],
  };
}

/** Adds a row of `shard` to the result. */
export function recordRow(result: ConversionResult, shard: Shard, screened: ScreenedRow): void {
  const { row, outcome, questionKind, check, promptTokens, duplicateOf } = screened;
  countUp(result.counts.find((count) => count.outcome === outcome));
  countUp(result.questions.find(({ what }) => what === questionKind));
  if (promptTokens !== null) result.promptTokens.push(promptTokens);
  const duplicates = result.duplicates.get(shard);
  if (duplicates && duplicateOf) duplicates[duplicateOf === shard ? "withinShard" : "acrossShards"] += 1;
  const kind = disagreementOf(screened);
  const disagreement = result.disagreements.find(({ what }) => what === kind);
  countUp(disagreement);
  if (disagreement && disagreement.examples.length < maxExamples) {
    const { number, uuid, answer } = row;
    const traceAnswer = check?.traceAnswer ?? null;
    disagreement.examples.push({ file: shard.name, row: number, uuid, answer, traceAnswer });
  }
}

function countUp(entry: { rows: number } | undefined): void {
  if (entry) entry.rows += 1;
}

/** Traces count only if nothing is wrong with the row itself; a repeat or a long prompt is no fault of it. */
function disagreementOf({ outcome, check }: ScreenedRow): DisagreementKind | null {
  if (outcome === "answer does not match itself") return outcome;
  const isSound = isKept(outcome) || outcome === "repeat" || outcome === "prompt too long";
  if (!isSound || check?.matchesTrace !== false) return null;
  return check.traceAnswer === null ? "trace has no answer" : "trace has another answer";
}

/** Summarises the lengths of prompts. */
export function summariseTokens(lengths: readonly number[]): TokenSummary {
  const sorted = lengths.toSorted((a, b) => a - b);
  const percentile = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { p50: percentile(0.5), p95: percentile(0.95), max: percentile(1) };
}
