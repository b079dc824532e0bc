import { describe, expect, test } from "vitest";
import { histogramFigure } from "../../dist/plot/histogram.js";
import { madeEvaluation } from "../evaluate/made-evaluation.js";
import { titleOf } from "./title-of.js";

const often = (length: number, verdicts: number[]): number[][] => Array.from({ length }, () => verdicts);
const base = madeEvaluation("base", [...often(20, [0, 0, 1, 0]), ...often(10, [1, 1, 1, 0])]);
const tuned = madeEvaluation("tuned", often(30, [1, 1, 1, 0]));

describe("histogramFigure", () => {
  test("counts rewards in ten bins, the highest including 1", () => {
    const figure = histogramFigure(base, tuned);
    expect(titleOf(figure)).toBe("75 % of the tuned model's answers earn a reward above 0.9, 42 % of the base model's");
    expect(figure.data[1]?.y).toEqual([0, 0.25, 0, 0, 0, 0, 0, 0, 0, 0.75]);
  });
});
