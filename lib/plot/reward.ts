/**
 * The reward along the training.
 * @module
 */
import type { TrainingCurve } from "../job/curve.js";
import { changeText, countText, rewardText } from "../util/format.js";
import { type Ends, endsOf, evaluationTrace, everyStepTrace, seriesOf, smoothedEndsOf } from "./curve-series.js";
import type { Figure } from "./figure.js";
import { colors, makeFigure } from "./theme.js";

/** Training reward at every step and validation reward at every evaluation. */
export function rewardFigure(curve: TrainingCurve): Figure {
  const train = seriesOf(curve, ({ trainReward }) => trainReward);
  const valid = seriesOf(curve, ({ validReward }) => validReward);
  const trainEnds = smoothedEndsOf(train);
  const validEnds = endsOf(valid);
  const finding = (subject: string, { first, last }: Ends): string => changeText(subject, first, last, rewardText);
  const trainFinding = trainEnds ? finding("Training reward", trainEnds) : "No reward has been reported yet";
  return makeFigure({
    title: validEnds ? finding("Validation reward", validEnds) : trainFinding,
    description: `Mean reward over ${countText(train.steps.length, "step")} and ${countText(valid.steps.length, "evaluation")}. ${trainFinding}.`,
    data: [everyStepTrace("training", train, colors.blue), evaluationTrace("validation", valid, colors.vermillion)],
    x: { label: "Step" },
    y: { label: "Mean reward (0 to 1)", rangemode: "tozero" },
  });
}
