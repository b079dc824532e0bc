/**
 * Figures of a training curve: reward, the parts it is made of, loss and length of the answers, step by step.
 * @module
 */
import { type Ends, endsOf, meanEndsOf, type Series, seriesOf, type TrainingCurve } from "../job/curve.js";
import { changeText, countText, numberText, percentText, rewardText } from "../util/format.js";
import { colors, type Figure, makeFigure, type Trace } from "./figure.js";

/** Training reward at every step and validation reward at every evaluation. */
export function rewardFigure(curve: TrainingCurve): Figure {
  const train = seriesOf(curve, ({ trainReward }) => trainReward);
  const valid = seriesOf(curve, ({ validReward }) => validReward);
  const trainEnds = meanEndsOf(train);
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

/** Answer accuracy and format compliance: the parts `correctness` and `format` of the grader. */
const shownCriteria = [
  { criterion: "correctness", name: "answer accuracy", color: colors.vermillion, symbol: "circle" },
  { criterion: "format", name: "format compliance", color: colors.green, symbol: "diamond" },
] as const;

/**
 * Accuracy and format compliance on the validation problems, or on the training problems while validation
 * reports none. Null if the grader has no parts of these names, e.g. a single grader.
 */
export function criteriaFigure(curve: TrainingCurve): Figure | null {
  const measured = (criterion: string): Series => {
    const valid = seriesOf(curve, ({ criteria }) => criteria[criterion]?.valid);
    return valid.values.length > 0 ? valid : seriesOf(curve, ({ criteria }) => criteria[criterion]?.train);
  };
  const series = shownCriteria.map((look) => ({ ...look, series: measured(look.criterion) }));
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

/**
 * Training and validation loss, or null if the service reports none: for o-series models it reports only
 * rewards.
 */
export function lossFigure(curve: TrainingCurve): Figure | null {
  const train = seriesOf(curve, ({ trainLoss }) => trainLoss);
  const valid = seriesOf(curve, ({ validLoss }) => validLoss);
  const ends = meanEndsOf(train) ?? meanEndsOf(valid);
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

/** Mean tokens of an answer and of the reasoning in it, at every step. */
export function tokensFigure(curve: TrainingCurve): Figure {
  const completion = seriesOf(curve, ({ completionTokens }) => completionTokens);
  const reasoning = seriesOf(curve, ({ reasoningTokens }) => reasoningTokens);
  const ends = meanEndsOf(completion) ?? meanEndsOf(reasoning);
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

/** A line for what is measured at every step: thin, because single steps scatter. */
export function everyStepTrace(name: string, { steps, values }: Series, color: string): Trace {
  return {
    type: "scatter",
    mode: "lines",
    name,
    x: steps,
    y: values,
    line: { color, width: 1.5 },
    hovertemplate: `step %{x}: %{y:.3~f}<extra>${name}</extra>`,
  };
}

/** A line with a mark at every evaluation. */
export function evaluationTrace(
  name: string,
  { steps, values }: Series,
  color: string,
  symbol: "circle" | "diamond" | "square" = "circle",
): Trace {
  return {
    type: "scatter",
    mode: "lines+markers",
    name,
    x: steps,
    y: values,
    line: { color, width: 2.5 },
    marker: { color, size: 9, symbol },
    hovertemplate: `step %{x}: %{y:.3~f}<extra>${name}</extra>`,
  };
}
