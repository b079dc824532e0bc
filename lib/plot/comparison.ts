/**
 * Figures that compare the base model with the tuned one.
 * @module
 */
import type { Comparison } from "../evaluate/compare.js";
import type { Evaluation } from "../evaluate/evaluate.js";
import { seriesOf, type TrainingCurve } from "../job/curve.js";
import { changeText, countText, numberText, percentText, rewardText } from "../util/format.js";
import { evaluationTrace, everyStepTrace } from "./curves.js";
import { colors, errorBars, type Figure, makeFigure, type Trace } from "./figure.js";

/** How far the two models of a row stand from its middle, in rows. */
const offset = 0.15;

/** The accuracy of both models on all problems and on each type, as points with 95 % intervals. */
export function comparisonFigure(comparison: Comparison): Figure {
  const { accuracy, byProblemType, problems, decoding } = comparison;
  const rows = [{ problemType: "all", problems, ...accuracy }, ...byProblemType];
  const trace = (which: "base" | "tuned", color: string, symbol: "circle" | "diamond", shift: number): Trace => ({
    type: "scatter",
    mode: "markers",
    name: `${which} model`,
    x: rows.map((row) => row[which].value),
    y: rows.map((_, i) => i + shift),
    marker: { color, size: 11, symbol },
    error_x: errorBars(
      rows.map((row) => row[which]),
      color,
    ),
    hovertemplate: `%{x:.1%}<extra>${which} model</extra>`,
  });
  const { base, tuned, difference } = accuracy;
  const uncertain = difference.low <= 0 && difference.high >= 0;
  const change = changeText("accuracy", base.value, tuned.value, percentText);
  return makeFigure({
    title: uncertain ? `No difference shown: ${change}` : `A${change.slice(1)}`,
    description:
      `Answers at ${decoding === "greedy" ? "greedy decoding" : decoding} to ${countText(problems, "problem")}, with 95 % intervals. ` +
      rows
        .map((row) => `${row.problemType}: ${percentText(row.base.value)}, then ${percentText(row.tuned.value)}`)
        .join("; "),
    data: [trace("base", colors.blue, "circle", -offset), trace("tuned", colors.vermillion, "diamond", offset)],
    x: { label: "Accuracy (95 % interval)", tickformat: ".0%", range: [-0.02, 1.02] },
    y: {
      label: "",
      range: [rows.length - 0.5, -0.5],
      tickvals: rows.map((_, i) => i),
      ticktext: rows.map(({ problemType, problems }) => `${problemType} (${numberText(problems)})`),
      ticksuffix: " ",
      zeroline: false,
    },
    height: 180 + 40 * rows.length,
  });
}

/**
 * Reward against accuracy: whether a model has learnt the task or only what the grader pays for. `curve`
 * holds the reward that the training saw; `before` and `after` are evaluations with that reward and
 * an honest verifier.
 */
export function hackingFigure(
  curve: TrainingCurve,
  before: Pick<Evaluation, "accuracy" | "reward">,
  after: Pick<Evaluation, "accuracy" | "reward">,
): Figure {
  const reward = seriesOf(curve, ({ trainReward }) => trainReward);
  const steps = [reward.steps[0] ?? 0, reward.steps.at(-1) ?? 1];
  const [first, last] = [before.accuracy.value, after.accuracy.value];
  const [paidFirst, paidLast] = [before.reward.value, after.reward.value];
  const hacked = paidLast > paidFirst && last < first;
  const rewardChange = changeText("reward", paidFirst, paidLast, rewardText);
  const accuracyChange = changeText("accuracy", first, last, percentText);
  return makeFigure({
    title: `${hacked ? "The grader is gamed: r" : "R"}${rewardChange.slice(1)}, ${accuracyChange}`,
    description:
      "Mean training reward at every step, and the share of right answers before and after, with 95 % intervals.",
    data: [
      everyStepTrace("reward that the grader pays", reward, colors.blue),
      {
        ...evaluationTrace("accuracy of the answers", { steps, values: [first, last] }, colors.vermillion, "diamond"),
        line: { color: colors.vermillion, width: 2, dash: "dash" },
        error_y: errorBars([before.accuracy, after.accuracy], colors.vermillion),
      },
    ],
    x: { label: "Step" },
    y: { label: "Reward; share of right answers", range: [-0.03, 1.03] },
  });
}
