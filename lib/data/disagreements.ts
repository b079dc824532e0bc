/**
 * Where the reward disagrees with the data: counted, with examples to look at.
 * @module
 */
import type { AnswerCheck } from "./check-answers.js";
import type { SourceRow } from "./shard.js";

const descriptions = {
  "answer does not match itself": "The grader cannot read the reference answer; the row is dropped.",
  "trace has another answer":
    "The boxed answer of the verified trace differs from the reference, as the grader reads both; the row is kept.",
  "trace has no answer": "The verified trace has no boxed answer after its thinking; the row is kept.",
} as const;

/** How the reward can disagree with a row. */
export type DisagreementKind = keyof typeof descriptions;

/** All rows that disagree in one way. */
export interface Disagreement {
  what: DisagreementKind;
  rows: number;
  description: string;
  /** The first of them, at most {@link maxExamples}. */
  examples: DisagreementExample[];
}

/** One row: `file` and `row` (counted from 1) say where it stands. */
export interface DisagreementExample {
  file: string;
  row: number;
  uuid: string;
  answer: string;
  traceAnswer: string | null;
}

/** How many rows of each kind the manifest lists. */
export const maxExamples = 100;

/** No rows yet, for each kind. */
export function noDisagreements(): Disagreement[] {
  return Object.entries(descriptions).map(([what, description]) => ({
    what: what as DisagreementKind,
    rows: 0,
    description,
    examples: [],
  }));
}

/** Enters a row of the shard `file` into `found`, if the reward disagrees with it. */
export function noteDisagreement(
  found: readonly Disagreement[],
  file: string,
  { number, uuid, answer }: SourceRow,
  check: AnswerCheck,
): void {
  const kind = disagreementOf(check);
  const entry = found.find(({ what }) => what === kind);
  if (!entry) return;
  entry.rows += 1;
  if (entry.examples.length < maxExamples) {
    entry.examples.push({ file, row: number, uuid, answer, traceAnswer: check.traceAnswer });
  }
}

function disagreementOf({ matchesItself, matchesTrace, traceAnswer }: AnswerCheck): DisagreementKind | null {
  if (!matchesItself) return "answer does not match itself";
  if (matchesTrace === false) return traceAnswer === null ? "trace has no answer" : "trace has another answer";
  return null;
}
