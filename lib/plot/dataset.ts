/**
 * What the prepared problems are made of.
 * @module
 */

import type { ProblemRow } from "../data/problems-table.js";
import { countText, numberText, percentText } from "../util/format.js";
import { sum } from "../util/numbers.js";
import { colors, type Figure, makeFigure } from "./figure.js";

/** By what problems are grouped, and how a title names it. */
const groupings = {
  problemType: "type",
  questionKind: "kind of question",
  answerKind: "kind of answer",
  source: "source",
} as const satisfies Partial<Record<keyof ProblemRow, string>>;

type Grouping = keyof typeof groupings;

/** What this figure reads of a problem. */
export type CountedProblem = Pick<ProblemRow, "split" | Grouping>;

const mostGroups = 12;

const groups = [
  { name: "training", color: colors.blue, holds: ({ split }: Pick<ProblemRow, "split">) => split === "training" },
  {
    name: "validation",
    color: colors.vermillion,
    holds: ({ split }: Pick<ProblemRow, "split">) => split === "validation",
  },
  { name: "dropped", color: "#999999", holds: ({ split }: Pick<ProblemRow, "split">) => split === null },
];

/**
 * Problems by type, or by another property, the largest group on top, and how many of each are for training,
 * for validation, or dropped. If there are more than twelve groups, the smallest ones are shown as one.
 */
export function datasetFigure(problems: readonly CountedProblem[], by: Grouping = "problemType"): Figure {
  const groupOf = groupNames(problems.map((problem) => problem[by] ?? "none"));
  const names = [...new Set(groupOf.values())];
  const counts = problems.map((problem) => ({ group: groupOf.get(problem[by] ?? "none"), split: problem.split }));
  const traces = groups.map(({ name, color, holds }) => ({
    type: "bar" as const,
    orientation: "h" as const,
    name,
    x: names.map((group) => counts.filter((problem) => problem.group === group && holds(problem)).length),
    y: names,
    marker: { color },
    hovertemplate: `%{x:,} ${name}<extra>%{y}</extra>`,
  }));
  const sizes = names.map((name) => counts.filter(({ group }) => group === name).length);
  const totals = traces.map(({ x, name }) => `${numberText(sum(x))} ${name}`);
  const [largest] = names;
  const share = percentText((sizes[0] ?? 0) / problems.length);
  const total = countText(problems.length, "problem");
  const finding =
    by === "problemType"
      ? `${total}: ${totals.join(", ")}; ${largest} leads with ${share}`
      : `By ${groupings[by]}, ${largest} leads: ${share} of ${total}`;
  return makeFigure({
    title: largest === undefined ? total : finding,
    description: names.map((name, i) => `${name}: ${sizes[i]?.toLocaleString("en-US")}`).join("; "),
    data: traces,
    x: { label: "Problems" },
    y: { label: "", autorange: "reversed", ticksuffix: " " },
    barmode: "stack",
    height: 180 + 34 * names.length,
  });
}

/** The name under which each value is shown, the most frequent first: its own, or that of the rest. */
function groupNames(values: readonly string[]): Map<string, string> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const ordered = [...counts].sort(([, a], [, b]) => b - a).map(([value]) => value);
  const own = ordered.length > mostGroups ? mostGroups - 1 : mostGroups;
  const rest = `${ordered.length - own} others`;
  return new Map(ordered.map((value, i) => [value, i < own ? value : rest]));
}
