/**
 * Questions about answers that the reward itself decides: are two equal, and how was an output scored?
 * @module
 */
import { DataError } from "../util/errors.js";
import { mathGraderSource } from "./math-grader.js";
import type { CallOutcome, GraderSandbox } from "./sandbox.js";

/** How an output was scored, for people: the criteria in [0, 1], and both answers as the grader read them. */
export interface Explanation {
  total: number;
  correctness: number;
  format: number;
  reasoning: number;
  completeness: number;
  /** The text inside the last box; null without an answer. */
  extracted: string | null;
  /** The reference and the extracted answer in the grader's normal form, e.g. `number 1/2`. */
  reference_form: string;
  answer_form: string | null;
}

/**
 * Whether each `pred` (an answer's text, without box) equals its `gold`. An answer that is not well formed,
 * such as the cut-off `\dfrac{4`, equals nothing, not even itself. A pair on which the grader fails or runs
 * out of time is unequal.
 */
export async function answersEqual(
  sandbox: GraderSandbox,
  pairs: { gold: string; pred: string }[],
): Promise<boolean[]> {
  const outcomes = await callReward(
    sandbox,
    "is_equal",
    pairs.map(({ gold, pred }) => [gold, pred]),
  );
  return outcomes.map((outcome) => outcome.ok && outcome.value === true);
}

/**
 * Scores each `output` against its reference `answer` and says why. Throws a `DataError` for an output on
 * which the grader fails.
 */
export async function explainAnswers(
  sandbox: GraderSandbox,
  cases: { answer: string; output: string }[],
): Promise<Explanation[]> {
  const outcomes = await callReward(
    sandbox,
    "explain",
    cases.map(({ answer, output }) => [{ output_text: output }, { answer }]),
  );
  return outcomes.map((outcome, i) => {
    if (!outcome.ok) throw new DataError(`The output number ${i + 1} could not be scored: ${outcome.message}`);
    return outcome.value as Explanation;
  });
}

function callReward(sandbox: GraderSandbox, functionName: string, argumentLists: unknown[][]): Promise<CallOutcome[]> {
  return sandbox.call(mathGraderSource(), functionName, argumentLists);
}
