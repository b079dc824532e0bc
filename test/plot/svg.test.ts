import { describe, expect, test } from "vitest";
import { compareEvaluations } from "../../dist/evaluate/compare.js";
import { comparisonFigure, hackingFigure } from "../../dist/plot/comparison.js";
import { rewardFigure } from "../../dist/plot/curves.js";
import { type CountedProblem, datasetFigure } from "../../dist/plot/dataset.js";
import { figureSvg } from "../../dist/plot/svg.js";
import { madeEvaluation } from "../evaluate/made-evaluation.js";
import { madeCurve } from "./made-curve.js";

/** The numbers of one attribute of all elements of a kind. */
function numbersOf(svg: string, element: string, attribute: string): number[] {
  return [...svg.matchAll(new RegExp(`<${element} [^>]*\\b${attribute}="([-\\d.]+)"`, "g"))].map(([, n]) => Number(n));
}

const algebra: CountedProblem = {
  problemType: "Algebra",
  questionKind: "single question",
  answerKind: "number",
  source: "olympiads",
  split: "training",
};

const base = madeEvaluation("base", [...Array(20).fill([0, 1]), ...Array(10).fill([1, 1])]);

describe("figureSvg", () => {
  test("draws a line through every point, the larger value higher", () => {
    const svg = figureSvg(rewardFigure(madeCurve({ trainReward: 0.2 }, { trainReward: 0.8 }, { trainReward: 0.5 })));
    const [, line] = /<polyline points="([^"]+)"/.exec(svg) ?? [];
    const heights = line?.split(" ").map((point) => Number(point.split(",")[1])) as [number, number, number];
    expect(heights[1]).toBeLessThan(heights[2]);
    expect(heights[2]).toBeLessThan(heights[0]);
  });

  test("puts stacked bars end to end", () => {
    const rows = [...Array(6).fill({ ...algebra, split: "training" }), ...Array(3).fill({ ...algebra, split: null })];
    const svg = figureSvg(datasetFigure(rows));
    const bars = numbersOf(svg, "rect", "height").flatMap((height, i) =>
      height > 12
        ? [{ left: numbersOf(svg, "rect", "x")[i] as number, width: numbersOf(svg, "rect", "width")[i] as number }]
        : [],
    );
    const [training, validation, dropped] = bars as [
      { left: number; width: number },
      { width: number },
      (typeof bars)[0],
    ];
    expect(validation.width).toBe(0);
    expect(dropped?.left).toBeCloseTo(training.left + training.width, 0);
    expect(training.width).toBeCloseTo(2 * (dropped?.width ?? 0), 0);
  });

  test("labels an axis at round numbers", () => {
    const curve = madeCurve(...Array.from({ length: 95 }, (_, i) => ({ trainReward: i / 94 })));
    const labels = [...figureSvg(rewardFigure(curve)).matchAll(/text-anchor="(middle|end)" >([\d.]+)</g)];
    expect(labels.map(([, anchor, label]) => `${anchor} ${label}`)).toEqual([
      ...[0, 20, 40, 60, 80].map((step) => `middle ${step}`),
      ...[0, 0.5, 1].map((reward) => `end ${reward}`),
    ]);
  });

  test("draws the intervals", () => {
    const svg = figureSvg(comparisonFigure(compareEvaluations(base, base)));
    const intervals = numbersOf(svg, "line", "stroke-width").filter((thickness) => thickness === 1.5);
    expect(intervals).toHaveLength(2 * 3);
  });

  test("draws points without a line between them, and their names beside them", () => {
    const svg = figureSvg(comparisonFigure(compareEvaluations(base, base)));
    expect(svg).not.toContain("<polyline");
    expect(svg).toMatch(/text-anchor="end" >all \(30\)</);
  });

  test("can be drawn before anything was measured, and from a single point", () => {
    for (const curve of [madeCurve(), madeCurve({ trainReward: 0.5 })]) {
      expect(figureSvg(rewardFigure(curve))).not.toMatch(/NaN|Infinity|undefined/);
      expect(figureSvg(hackingFigure(curve, base, base))).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  test("shows what a name says instead of obeying it", () => {
    const svg = figureSvg(datasetFigure([{ ...algebra, problemType: "<script>" }]));
    expect(svg).not.toContain("<script>");
    expect(svg).toContain("&lt;script&gt;");
  });
});
