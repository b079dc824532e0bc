/**
 * How long the verified solutions of the dataset are.
 * @module
 */
import type { ProblemRow } from "../data/problems-table.js";
import { countText, numberText } from "../util/format.js";
import type { Figure } from "./figure.js";
import { colors, makeFigure } from "./theme.js";

const bins = 24;

/** Solutions by their length in characters, in 24 bins of equal width; the longest hundredth counts in the last one. */
export function traceLengthsFigure(problems: readonly Pick<ProblemRow, "traceCharacters">[]): Figure {
  const lengths = problems.flatMap(({ traceCharacters }) => traceCharacters ?? []).sort((a, b) => a - b);
  const at = (share: number): number => lengths[Math.floor(share * (lengths.length - 1))] ?? 0;
  const width = Math.max(1, Math.ceil((at(0.99) + 1) / bins));
  const counts = Array<number>(bins).fill(0);
  for (const length of lengths) {
    const bin = Math.min(bins - 1, Math.floor(length / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
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
    x: { label: "Length of a solution (characters)", range: [0, bins * width] },
    y: { label: "Solutions", rangemode: "tozero" },
  });
}
