/**
 * The rewards of single answers, before and after training.
 * @module
 */
import type { Evaluation } from "../evaluate/evaluate.js";
import { percentText } from "../util/format.js";
import type { Figure, Trace } from "./figure.js";
import { colors, type FigureContent, makeFigure } from "./theme.js";

const bins = 10;

/** How many answers earned which reward, in ten bins of equal width over [0, 1], as shares of all answers. */
export function histogramFigure(base: Evaluation, tuned: Evaluation): Figure {
  const rewardsOf = ({ samples }: Evaluation): number[] => samples.map(({ reward }) => reward);
  const top = (evaluation: Evaluation): string => percentText(sharesOf(rewardsOf(evaluation)).at(-1) ?? 0);
  return makeFigure({
    title: `${top(tuned)} of the tuned model's answers earn a reward above 0.9, ${top(base)} of the base model's`,
    description: "Shares of the answers by their reward, in ten bins from 0 to 1.",
    data: [
      rewardBars("base model", rewardsOf(base), colors.blue),
      rewardBars("tuned model", rewardsOf(tuned), colors.vermillion),
    ],
    ...rewardAxes,
    barmode: "group",
  });
}

/** The axes under {@link rewardBars}. */
export const rewardAxes: Pick<FigureContent, "x" | "y"> = {
  x: { label: "Reward of an answer", range: [0, 1] },
  y: { label: "Share of answers", tickformat: ".0%", rangemode: "tozero" },
};

/** The shares of `rewards` in ten bins of equal width over [0, 1], as bars. */
export function rewardBars(name: string, rewards: readonly number[], color: string): Trace {
  return {
    type: "bar",
    name,
    x: Array.from({ length: bins }, (_, bin) => (bin + 0.5) / bins),
    y: sharesOf(rewards),
    marker: { color },
    hovertemplate: `reward %{x:.2f} ± 0.05: %{y:.0%}<extra>${name}</extra>`,
  };
}

function sharesOf(rewards: readonly number[]): number[] {
  const counts = Array<number>(bins).fill(0);
  for (const reward of rewards) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(reward * bins)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count) => count / rewards.length);
}
