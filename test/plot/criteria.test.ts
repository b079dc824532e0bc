import { describe, expect, test } from "vitest";
import { criteriaFigure } from "../../dist/plot/criteria.js";
import type { Figure } from "../../dist/plot/figure.js";
import { madeCurve } from "./made-curve.js";
import { titleOf } from "./title-of.js";

describe("criteriaFigure", () => {
  const criteria = (
    correctness: number,
    format: number,
  ): { criteria: Record<string, { train: null; valid: number }> } => ({
    criteria: { correctness: { train: null, valid: correctness }, format: { train: null, valid: format } },
  });

  test("shows accuracy and format compliance on the validation problems", () => {
    const figure = criteriaFigure(madeCurve(criteria(0.24, 0.48), {}, criteria(0.82, 0.99))) as Figure;
    expect(titleOf(figure)).toBe("Answer accuracy rises from 24 % to 82 %, format compliance rises from 48 % to 99 %");
    expect(figure.data.map(({ x }) => x)).toEqual([
      [1, 3],
      [1, 3],
    ]);
  });

  test("is null where the grader has no such parts", () => {
    expect(criteriaFigure(madeCurve({ trainReward: 0.3 }))).toBeNull();
  });
});
