/**
 * What the prepared problems are made of.
 * @module
 */
import type { ProblemRow } from "../data/problems-table.js";
import type { Figure } from "./figure.js";
import { colors, makeFigure } from "./theme.js";
import { countText, percentText } from "./wording.js";

/** What this figure reads of a problem. */
export type CountedProblem = Pick<ProblemRow, "problemType" | "split">;

const groups = [
  { name: "training", color: colors.blue, holds: ({ split }: CountedProblem) => split === "training" },
  { name: "validation", color: colors.vermillion, holds: ({ split }: CountedProblem) => split === "validation" },
  { name: "dropped", color: "#999999", holds: ({ split }: CountedProblem) => split === null },
];

/** Problems by type, the largest on top, and how many of each are for training, for validation, or dropped. */
export function makeUpFigure(problems: readonly CountedProblem[]): Figure {
  const counts = new Map<string, number>();
  for (const { problemType } of problems) counts.set(problemType, (counts.get(problemType) ?? 0) + 1);
  const types = [...counts].sort(([, a], [, b]) => b - a).map(([type]) => type);
  const traces = groups.map(({ name, color, holds }) => ({
    type: "bar" as const,
    orientation: "h" as const,
    name,
    x: types.map((type) => problems.filter((problem) => problem.problemType === type && holds(problem)).length),
    y: types,
    marker: { color },
    hovertemplate: `%{x:,} ${name}<extra>%{y}</extra>`,
  }));
  const totals = traces.map(
    ({ x, name }) => `${x.reduce((sum, count) => sum + count, 0).toLocaleString("en-US")} ${name}`,
  );
  const [largest] = types;
  const leading =
    largest === undefined ? "" : `; ${largest} leads with ${percentText((counts.get(largest) ?? 0) / problems.length)}`;
  return makeFigure({
    title: `${countText(problems.length, "problem")}: ${totals.join(", ")}${leading}`,
    description: types.map((type) => `${type}: ${counts.get(type)?.toLocaleString("en-US")}`).join("; "),
    data: traces,
    x: { label: "Problems" },
    y: { label: "", autorange: "reversed", ticksuffix: " " },
    barmode: "stack",
    height: 180 + 34 * types.length,
  });
}
