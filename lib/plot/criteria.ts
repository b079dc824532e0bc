/**
 * What the reward is made of, along the training.
 * @module
 */
import type { TrainingCurve } from "../job/curve.js";
import { changeText, percentText } from "../util/format.js";
import { endsOf, evaluationTrace, type Series, seriesOf } from "./curve-series.js";
import type { Figure } from "./figure.js";
import { colors, makeFigure } from "./theme.js";

/** Answer accuracy and format compliance: the parts `correctness` and `format` of the grader. */
const shown = [
  { criterion: "correctness", name: "answer accuracy", color: colors.vermillion, symbol: "circle" },
  { criterion: "format", name: "format compliance", color: colors.green, symbol: "diamond" },
] as const;

/**
 * Accuracy and format compliance on the validation problems (on the training problems where validation reports none).
 * Null where the grader has no parts of these names, as a single grader.
 */
export function criteriaFigure(curve: TrainingCurve): Figure | null {
  const measured = (criterion: string): Series => {
    const valid = seriesOf(curve, ({ criteria }) => criteria[criterion]?.valid);
    return valid.values.length > 0 ? valid : seriesOf(curve, ({ criteria }) => criteria[criterion]?.train);
  };
  const series = shown.map((look) => ({ ...look, series: measured(look.criterion) }));
  const findings = series.flatMap(({ name, series }) => {
    const ends = endsOf(series);
    return ends ? [changeText(name, ends.first, ends.last, percentText)] : [];
  });
  if (findings.length === 0) return null;
  const title = findings.join(", ");
  return makeFigure({
    title: `${title.charAt(0).toUpperCase()}${title.slice(1)}`,
    description: "Shares of the answers at each evaluation of the training.",
    data: series.map(({ name, series, color, symbol }) => evaluationTrace(name, series, color, symbol)),
    x: { label: "Step" },
    y: { label: "Share of answers", tickformat: ".0%", range: [0, 1.03] },
  });
}
