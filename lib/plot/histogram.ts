/**
 * The rewards of single answers, before and after training.
 * @module
 */
import type { Evaluation } from "../evaluate/evaluate.js";
import type { Figure, Trace } from "./figure.js";
import { colors, makeFigure } from "./theme.js";
import { percentText } from "./wording.js";

const bins = 10;

/** How many answers earned which reward, in ten bins of equal width over [0, 1], as shares of all answers. */
export function histogramFigure(base: Evaluation, tuned: Evaluation): Figure {
  const trace = (name: string, { samples }: Evaluation, color: string): Trace => ({
    type: "bar",
    name,
    x: Array.from({ length: bins }, (_, bin) => (bin + 0.5) / bins),
    y: sharesOf(samples.map(({ reward }) => reward)),
    marker: { color },
    hovertemplate: `reward %{x:.2f} ± 0.05: %{y:.0%}<extra>${name}</extra>`,
  });
  const top = ({ samples }: Evaluation): string =>
    percentText(sharesOf(samples.map(({ reward }) => reward)).at(-1) ?? 0);
  return makeFigure({
    title: `${top(tuned)} of the tuned model's answers earn a reward above 0.9, ${top(base)} of the base model's`,
    description: "Shares of the answers by their reward, in ten bins from 0 to 1.",
    data: [trace("base model", base, colors.blue), trace("tuned model", tuned, colors.vermillion)],
    x: { label: "Reward of an answer", range: [0, 1] },
    y: { label: "Share of answers", tickformat: ".0%", rangemode: "tozero" },
    barmode: "group",
  });
}

function sharesOf(rewards: readonly number[]): number[] {
  const counts = Array<number>(bins).fill(0);
  for (const reward of rewards) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(reward * bins)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count) => count / rewards.length);
}
