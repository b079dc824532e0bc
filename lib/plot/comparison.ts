/**
 * Base and tuned model, problem type by problem type.
 * @module
 */
import type { Comparison } from "../evaluate/compare.js";
import type { Figure, Trace } from "./figure.js";
import { colors, errorBars, makeFigure } from "./theme.js";
import { changeText, countText, percentText } from "./wording.js";

/** The accuracy of both models on all problems and on each type, with 95 % intervals. */
export function comparisonFigure(comparison: Comparison): Figure {
  const { accuracy, byProblemType, problems, decoding } = comparison;
  const rows = [{ problemType: "all", problems, ...accuracy }, ...byProblemType];
  const trace = (which: "base" | "tuned", name: string, color: string): Trace => ({
    type: "bar",
    orientation: "h",
    name,
    x: rows.map((row) => row[which].value),
    y: rows.map(({ problemType, problems }) => `${problemType} (${problems.toLocaleString("en-US")})`),
    marker: { color },
    error_x: errorBars(
      rows.map((row) => row[which]),
      "#777777",
    ),
    hovertemplate: `%{x:.1%}<extra>${name}</extra>`,
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
    data: [trace("base", "base model", colors.blue), trace("tuned", "tuned model", colors.vermillion)],
    x: { label: "Accuracy: share of right answers", tickformat: ".0%", range: [0, 1] },
    y: { label: "", autorange: "reversed", ticksuffix: " " },
    barmode: "group",
    height: 180 + 44 * rows.length,
  });
}
