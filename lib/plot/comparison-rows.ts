/**
 * A comparison as rows of a table.
 * @module
 */
import type { Comparison, MeasureComparison } from "../evaluate/compare.js";
import { percentText } from "../util/format.js";
import { withInterval } from "./evaluation-rows.js";

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
  const row = (measure: string, compared: MeasureComparison, text: (value: number) => string): ComparisonRow => ({
    measure,
    base: withInterval(compared.base, text),
    tuned: withInterval(compared.tuned, text),
    difference: withInterval(compared.difference, text),
  });
  // With one answer to a problem, pass@1 and the majority say what the accuracy says.
  const several = passAtK.filter(({ k }) => k > 1);
  const majority = majorityAtK.k > 1 ? [majorityAtK] : [];
  return [
    row("reward", reward, (value) => value.toFixed(3)),
    row("accuracy", accuracy, percentText),
    ...several.map((compared) => row(`one of ${compared.k} right (pass@${compared.k})`, compared, percentText)),
    ...majority.map((compared) => row(`majority of ${compared.k} right`, compared, percentText)),
    row("format", formatCompliance, percentText),
    row("tokens an answer", completionTokens, (value) => value.toFixed(0)),
  ];
}
