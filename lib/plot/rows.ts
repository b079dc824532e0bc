/**
 * What was found of a run, and evaluations and their comparison, as rows of a table.
 * @module
 */

import type { KeptAnswers } from "../evaluate/answer-cache.js";
import type { Comparison, MeasureComparison } from "../evaluate/compare.js";
import type { Evaluation } from "../evaluate/evaluate.js";
import type { Estimate } from "../evaluate/statistics.js";
import type { FoundRun, FoundThing } from "../job/find-run.js";
import { isFineTuned } from "../service/models.js";
import { countText, percentText, pointsText, rewardText } from "../util/format.js";

/** One evaluation: each measure with its 95 % interval. */
export interface EvaluationRow {
  model: string;
  answers: string;
  reward: string;
  accuracy: string;
  format: string;
  tokens: string;
  "cut off": number;
}

/**
 * One row for each evaluation under its name, in the order given; null stands for one that was not measured.
 */
export function evaluationRows(evaluations: Record<string, Evaluation | null>): EvaluationRow[] {
  return Object.entries(evaluations).flatMap(([model, evaluation]) => {
    if (!evaluation) return [];
    const { problems, samplesPerProblem, reward, accuracy, formatCompliance, completionTokens, cutOff } = evaluation;
    return {
      model,
      answers: `${problems} × ${samplesPerProblem}, ${evaluation.decoding}`,
      reward: withInterval(reward, rewardText),
      accuracy: withInterval(accuracy, percentText),
      format: withInterval(formatCompliance, percentText),
      tokens: withInterval(completionTokens, (value) => value.toFixed(0)),
      "cut off": cutOff,
    };
  });
}

/** One measure of both models, and tuned minus base, each with its 95 % interval. */
export interface ComparisonRow {
  measure: string;
  base: string;
  tuned: string;
  difference: string;
}

/** One row for each measure, quality first, then what an answer costs. */
export function comparisonRows(comparison: Comparison): ComparisonRow[] {
  const { reward, accuracy, formatCompliance, passAtK, majorityAtK, completionTokens } = comparison;
  const row = (
    measure: string,
    compared: MeasureComparison,
    text: (value: number) => string,
    differenceText = text,
  ): ComparisonRow => ({
    measure,
    base: withInterval(compared.base, text),
    tuned: withInterval(compared.tuned, text),
    difference: withInterval(compared.difference, differenceText),
  });
  const share = (measure: string, compared: MeasureComparison): ComparisonRow => {
    const { base, tuned, difference } = row(measure, compared, percentText, pointsText);
    return { measure, base, tuned, difference: `${difference} points` };
  };
  // With one answer to a problem, pass@1 and the majority say what the accuracy says.
  const several = passAtK.filter(({ k }) => k > 1);
  const majority = majorityAtK.k > 1 ? [majorityAtK] : [];
  return [
    row("reward", reward, rewardText),
    share("accuracy", accuracy),
    ...several.map((compared) => share(`one of ${compared.k} right (pass@${compared.k})`, compared)),
    ...majority.map((compared) => share(`majority of ${compared.k} right`, compared)),
    share("format", formatCompliance),
    row("tokens an answer", completionTokens, (value) => value.toFixed(0)),
  ];
}

/** A figure with its 95 % interval, each formatted by `text`. */
function withInterval({ value, low, high }: Estimate, text: (value: number) => string): string {
  return `${text(value)} (${text(low)} to ${text(high)})`;
}

/**
 * What was found of a run: what the service holds, then the answers that are kept of its base and of its own
 * model.
 */
export function runRows({ job, found }: FoundRun, kept: readonly KeptAnswers[] = []): FoundThing[] {
  const own = kept.filter(({ source: { model } }) => model === job.fine_tuned_model || !isFineTuned(model));
  const answers = own.map(({ source: { deployment, decoding }, answers, written }) => ({
    what: `${countText(answers, "answer")}, ${decoding}`,
    id: deployment,
    created: written,
  }));
  return [...found, ...answers];
}
