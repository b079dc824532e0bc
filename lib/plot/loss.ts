/**
 * The loss along the training, where the service reports one.
 * @module
 */
import type { TrainingCurve } from "../job/curve.js";
import { changeText } from "../util/format.js";
import { evaluationTrace, everyStepTrace, seriesOf, smoothedEndsOf } from "./curve-series.js";
import type { Figure } from "./figure.js";
import { colors, makeFigure } from "./theme.js";

/** Training and validation loss, or null where the service reports none: of o-series models it reports rewards alone. */
export function lossFigure(curve: TrainingCurve): Figure | null {
  const train = seriesOf(curve, ({ trainLoss }) => trainLoss);
  const valid = seriesOf(curve, ({ validLoss }) => validLoss);
  const ends = smoothedEndsOf(train) ?? smoothedEndsOf(valid);
  if (!ends) return null;
  return makeFigure({
    title: changeText("Loss", ends.first, ends.last, (loss) => loss.toPrecision(3)),
    description:
      "The loss of a policy gradient is a direction, not an error: the reward shows whether the model learns.",
    data: [
      everyStepTrace("training", train, colors.blue),
      ...(valid.values.length > 0 ? [evaluationTrace("validation", valid, colors.vermillion)] : []),
    ],
    x: { label: "Step" },
    y: { label: "Loss, as the service sums it" },
  });
}
