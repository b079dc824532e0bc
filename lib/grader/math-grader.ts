/**
 * The reward: `math_grader.py` as a grader that the service takes.
 * @module
 */
import { readFileSync } from "node:fs";
import type { MultiGrader, PythonGrader } from "../service/graders.js";
import { assetPath } from "../util/assets.js";
import { ConfigurationError } from "../util/errors.js";
import { sum } from "../util/numbers.js";

/** What the reward is made of, in the order in which `calculate_output` adds it up. */
export const criteria = ["correctness", "format", "reasoning", "completeness"] as const;

export type Criterion = (typeof criteria)[number];

/** How much of the reward each criterion pays; together 1. */
export type Weights = Record<Criterion, number>;

/** Correctness first: a wrong answer can earn at most the share of the format. */
export const defaultWeights: Weights = { correctness: 0.8, format: 0.1, reasoning: 0.05, completeness: 0.05 };

export interface MathGraderOptions {
  /** Criteria that are not named keep their default weight. */
  weights?: Partial<Weights>;
}

/**
 * The math reward as a grader. As "multi" (the default), each criterion is a Python grader of its own, so
 * that the service reports a curve for each; as "python", one grader returns the same total. Throws a
 * `ConfigurationError` for weights that do not add up to 1, or that would let a wrong answer earn as much as
 * a right one.
 *
 * @example
 * const grader = mathGrader({ weights: { correctness: 0.9, format: 0.1, reasoning: 0, completeness: 0 } });
 * const [run] = await runGrader(sandbox, grader, [{ outputText: "So $x = \\boxed{7}$.", item: { answer: "7" }
 * }]);
 */
export function mathGrader(options?: MathGraderOptions & { as?: "multi" }): MultiGrader;
export function mathGrader(options: MathGraderOptions & { as: "python" }): PythonGrader;
export function mathGrader(options?: MathGraderOptions & { as?: "multi" | "python" }): MultiGrader | PythonGrader;
export function mathGrader({
  weights,
  as = "multi",
}: MathGraderOptions & { as?: "multi" | "python" } = {}): MultiGrader | PythonGrader {
  const name = "math_reward";
  if (as === "python") return { type: "python", name, source: mathGraderSource({ weights }) };
  const part = (criterion: Criterion): PythonGrader => ({
    type: "python",
    name: criterion,
    source: mathGraderSource({ weights, criterion }),
  });
  const graders = Object.fromEntries(criteria.map((criterion) => [criterion, part(criterion)]));
  return { type: "multi", name, graders, calculate_output: formulaOf(checkedWeights(weights)) };
}

/**
 * The Python source with the weights, and the criterion that its `grade` returns, written into its constants.
 */
export function mathGraderSource({
  weights,
  criterion = "total",
}: {
  weights?: Partial<Weights>;
  criterion?: Criterion | "total";
} = {}): string {
  const constants = { WEIGHTS: checkedWeights(weights), CRITERION: criterion };
  return Object.entries(constants).reduce(
    (source, [name, value]) => source.replace(new RegExp(`^${name} = .*$`, "m"), `${name} = ${pythonLiteral(value)}`),
    readFileSync(assetPath("grader/math_grader.py"), "utf8"),
  );
}

/**
 * Reasoning and completeness count only for a correct answer; a test holds this sum equal to `total` in
 * math_grader.py.
 */
function formulaOf({ correctness, format, reasoning, completeness }: Weights): string {
  return [
    `${correctness} * correctness`,
    `${format} * format`,
    `${reasoning} * correctness * reasoning`,
    `${completeness} * correctness * completeness`,
  ].join(" + ");
}

function checkedWeights(given: Partial<Weights> = {}): Weights {
  const weights = { ...defaultWeights, ...given };
  const shown = criteria.map((criterion) => `${criterion} ${weights[criterion]}`).join(", ");
  const unknown = Object.keys(given).filter((name) => !criteria.some((criterion) => criterion === name));
  if (unknown.length > 0)
    throw new ConfigurationError(`Unknown weight "${unknown.join('", "')}". The criteria are ${criteria.join(", ")}.`);
  const values = criteria.map((criterion) => weights[criterion]);
  const total = sum(values);
  if (!values.every((weight) => Number.isFinite(weight) && weight >= 0))
    throw new ConfigurationError(`Weights must be numbers from 0 to 1, but they are ${shown}.`);
  if (Math.abs(total - 1) > 1e-9)
    throw new ConfigurationError(`The weights must add up to 1, but ${shown} add up to ${total}.`);
  if (weights.correctness <= weights.format)
    throw new ConfigurationError(
      `The weight of correctness must exceed that of format (${shown}); otherwise a wrong answer earns as much as a right one.`,
    );
  return weights;
}

/** As JSON: strings, and objects of strings and numbers, are spelled alike in Python. */
function pythonLiteral(value: string | Weights): string {
  return JSON.stringify(value).replaceAll(/([:,])/g, "$1 ");
}
