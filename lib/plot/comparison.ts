/**
 * Base and tuned model, problem type by problem type.
 * @module
 */
import type { Comparison } from "../evaluate/compare.js";
import { changeText, countText, numberText, percentText } from "../util/format.js";
import type { Figure, Trace } from "./figure.js";
import { colors, errorBars, makeFigure } from "./theme.js";

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
