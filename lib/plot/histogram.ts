/**
 * Histograms: the rewards of single answers, and the lengths of the dataset's solutions.
 * @module
 */
import type { ProblemRow } from "../data/problems-table.js";
import type { Calibration } from "../evaluate/calibrate.js";
import type { Evaluation } from "../evaluate/evaluate.js";
import { countText, numberText, percentText } from "../util/format.js";
import { colors, type Figure, type FigureContent, makeFigure, type Trace } from "./figure.js";

const rewardBins = 10;
const lengthBins = 24;

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
const rewardAxes: Pick<FigureContent, "x" | "y"> = {
  x: { label: "Reward of an answer", range: [0, 1] },
  y: { label: "Share of answers", tickformat: ".0%", rangemode: "tozero" },
};

/** The shares of `rewards` in ten bins of equal width over [0, 1], as bars. */
function rewardBars(name: string, rewards: readonly number[], color: string): Trace {
  return {
    type: "bar",
    name,
    x: Array.from({ length: rewardBins }, (_, bin) => (bin + 0.5) / rewardBins),
    y: sharesOf(rewards),
    marker: { color },
    hovertemplate: `reward %{x:.2f} ± 0.05: %{y:.0%}<extra>${name}</extra>`,
  };
}

function sharesOf(rewards: readonly number[]): number[] {
  const places = rewards.map((reward) => reward * rewardBins);
  return countBins(places, rewardBins).map((count) => count / rewards.length);
}

/**
 * How many of the base model's answers earned which reward before training. The title says on how many
 * problems the rewards differ, which is what training learns from.
 */
export function calibrationFigure({ rewards, withoutSpread, failRate, decision }: Calibration): Figure {
  const finding =
    withoutSpread === 1
      ? "all answers to each problem earn the same"
      : `all answers earn the same on ${percentText(withoutSpread)} of the problems; the others teach`;
  return makeFigure({
    title: `${decision === "go" ? "Go" : "No go"}: ${finding}`,
    description: `Shares of the base model's answers by their reward, in ten bins from 0 to 1. ${percentText(failRate)} are not correct.`,
    data: [rewardBars("base model", rewards, colors.blue)],
    ...rewardAxes,
  });
}

/** Solutions by their length, in 24 bins of equal width; the longest hundredth counts in the last one. */
export function traceLengthsFigure(problems: readonly Pick<ProblemRow, "traceCharacters">[]): Figure {
  const lengths = problems.flatMap(({ traceCharacters }) => traceCharacters ?? []).sort((a, b) => a - b);
  const at = (share: number): number => lengths[Math.floor(share * (lengths.length - 1))] ?? 0;
  const width = Math.max(1, Math.ceil((at(0.99) + 1) / lengthBins));
  const counts = countBins(
    lengths.map((length) => length / width),
    lengthBins,
  );
  return makeFigure({
    title:
      lengths.length === 0
        ? "No verified solution has been read"
        : `Half of the solutions are shorter than ${numberText(at(0.5))} characters, one in ten longer than ${numberText(at(0.9))}`,
    description: `Lengths of ${countText(lengths.length, "verified solution")}; the longest has ${numberText(at(1))} characters.`,
    data: [
      {
        type: "bar",
        name: "verified solutions",
        x: counts.map((_, bin) => (bin + 0.5) * width),
        y: counts,
        marker: { color: colors.blue },
        hovertemplate: `%{x:,.0f} ± ${numberText(width / 2)} characters: %{y:,}<extra></extra>`,
      },
    ],
    x: { label: "Length of a solution (characters)", range: [0, lengthBins * width] },
    y: { label: "Solutions", rangemode: "tozero" },
  });
}

/**
 * How many of `places`, measured in bins, fall into each of `bins` bins; what lies outside counts in the
 * nearest one.
 */
function countBins(places: readonly number[], bins: number): number[] {
  const counts = Array<number>(bins).fill(0);
  for (const place of places) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(place)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}
