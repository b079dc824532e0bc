/**
 * Evaluations as rows of a table.
 * @module
 */
import type { Evaluation } from "../evaluate/evaluate.js";
import type { Estimate } from "../evaluate/statistics.js";
import { percentText } from "../util/format.js";

/** One evaluation, in words: each measure with its 95 % interval. */
export interface EvaluationRow {
  model: string;
  answers: string;
  reward: string;
  accuracy: string;
  format: string;
  tokens: string;
  "cut off": number;
}

/** One row for each evaluation under its name, in the order given; what was not measured (null) is left out. */
export function evaluationRows(evaluations: Record<string, Evaluation | null>): EvaluationRow[] {
  return Object.entries(evaluations).flatMap(([model, evaluation]) => {
    if (!evaluation) return [];
    const { problems, samplesPerProblem, reward, accuracy, formatCompliance, completionTokens, cutOff } = evaluation;
    return {
      model,
      answers: `${problems} × ${samplesPerProblem}, ${evaluation.decoding}`,
      reward: withInterval(reward, (value) => value.toFixed(3)),
      accuracy: withInterval(accuracy, percentText),
      format: withInterval(formatCompliance, percentText),
      tokens: withInterval(completionTokens, (value) => value.toFixed(0)),
      "cut off": cutOff,
    };
  });
}

/** A figure with its 95 % interval, each in the words of `text`. */
export function withInterval({ value, low, high }: Estimate, text: (value: number) => string): string {
  return `${text(value)} (${text(low)} to ${text(high)})`;
}
