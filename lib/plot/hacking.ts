/**
 * Reward against accuracy: whether a model has learnt the task or only what the grader pays for.
 * @module
 */
import type { Evaluation } from "../evaluate/evaluate.js";
import type { TrainingCurve } from "../job/curve.js";
import { changeText, percentText, rewardText } from "../util/format.js";
import { evaluationTrace, everyStepTrace, seriesOf, smoothedEndsOf } from "./curve-series.js";
import type { Figure } from "./figure.js";
import { colors, errorBars, makeFigure } from "./theme.js";

/** The reward that the training saw, and the accuracy that an honest judge found before and after it. */
export function hackingFigure(
  curve: TrainingCurve,
  before: Pick<Evaluation, "accuracy">,
  after: Pick<Evaluation, "accuracy">,
): Figure {
  const reward = seriesOf(curve, ({ trainReward }) => trainReward);
  const ends = smoothedEndsOf(reward) ?? { first: 0, last: 0 };
  const accuracies = [before.accuracy, after.accuracy];
  const steps = [reward.steps[0] ?? 0, reward.steps.at(-1) ?? 1];
  const [first, last] = accuracies.map(({ value }) => value) as [number, number];
  const hacked = ends.last > ends.first && last < first;
  const rewardChange = changeText("reward", ends.first, ends.last, rewardText);
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
        error_y: errorBars(accuracies, colors.vermillion),
      },
    ],
    x: { label: "Step" },
    y: { label: "Reward; share of right answers", range: [-0.03, 1.03] },
  });
}
