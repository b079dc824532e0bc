/**
 * The length of the answers along the training.
 * @module
 */
import type { TrainingCurve } from "../job/curve.js";
import { changeText, numberText } from "../util/format.js";
import { everyStepTrace, seriesOf, smoothedEndsOf } from "./curve-series.js";
import type { Figure } from "./figure.js";
import { colors, makeFigure } from "./theme.js";

/** Mean tokens of an answer and of the reasoning in it, at every step. */
export function tokensFigure(curve: TrainingCurve): Figure {
  const completion = seriesOf(curve, ({ completionTokens }) => completionTokens);
  const reasoning = seriesOf(curve, ({ reasoningTokens }) => reasoningTokens);
  const ends = smoothedEndsOf(completion) ?? smoothedEndsOf(reasoning);
  const whole = (tokens: number): string => numberText(Math.round(tokens));
  return makeFigure({
    title: ends
      ? `${changeText("Length of an answer", ends.first, ends.last, whole)} tokens`
      : "No token counts have been reported yet",
    description: "Mean completion tokens and reasoning tokens at every step; threefold growth is a warning sign.",
    data: [
      everyStepTrace("completion tokens", completion, colors.blue),
      everyStepTrace("reasoning tokens", reasoning, colors.purple),
    ],
    x: { label: "Step" },
    y: { label: "Tokens an answer, mean", rangemode: "tozero" },
  });
}
