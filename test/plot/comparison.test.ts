import { describe, expect, test } from "vitest";
import { compareEvaluations } from "../../dist/evaluate/compare.js";
import type { Evaluation } from "../../dist/evaluate/evaluate.js";
import { comparisonFigure, hackingFigure } from "../../dist/plot/comparison.js";
import { madeEvaluation } from "../evaluate/made-evaluation.js";
import { madeCurve } from "./made-curve.js";
import { titleOf } from "./title-of.js";

const often = (length: number, values: number[]): number[][] => Array.from({ length }, () => values);
const base = madeEvaluation("base", [...often(20, [0, 0, 1, 0]), ...often(10, [1, 1, 1, 0])]);
const tuned = madeEvaluation("tuned", often(30, [1, 1, 1, 0]));

describe("comparisonFigure", () => {
  test("compares both models on all problems and by type, with intervals", () => {
    const figure = comparisonFigure(compareEvaluations(base, tuned));
    expect(titleOf(figure)).toBe("Accuracy rises from 42 % to 75 %");
    const [before] = figure.data;
    expect(figure.layout.yaxis.ticktext).toEqual(["all (30)", "Geometry (20)", "Algebra (10)"]);
    expect(before?.y).toEqual([-0.15, 0.85, 1.85]);
    const low = (before?.x[0] as number) - (before?.error_x?.arrayminus[0] as number);
    expect(low).toBeCloseTo(compareEvaluations(base, tuned).accuracy.base.low);
  });

  test("shows no difference where the interval includes zero", () => {
    expect(titleOf(comparisonFigure(compareEvaluations(base, base)))).toBe(
      "No difference shown: accuracy stays at 42 %",
    );
  });
});

describe("hackingFigure", () => {
  test("says that a grader is gamed only where the reward rises and the accuracy falls", () => {
    const rising = madeCurve({ trainReward: 0.2 }, { trainReward: 0.9 });
    const paid = (evaluation: Evaluation, value: number) => ({
      ...evaluation,
      reward: { value, low: value, high: value },
    });
    expect(titleOf(hackingFigure(rising, paid(tuned, 0.11), paid(base, 0.98)))).toBe(
      "The grader is gamed: reward rises from 0.11 to 0.98, accuracy falls from 75 % to 42 %",
    );
    expect(titleOf(hackingFigure(rising, paid(base, 0.11), paid(tuned, 0.98)))).toBe(
      "Reward rises from 0.11 to 0.98, accuracy rises from 42 % to 75 %",
    );
  });
});
