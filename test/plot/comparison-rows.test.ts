import { describe, expect, test } from "vitest";
import { compareEvaluations } from "../../dist/evaluate/compare.js";
import { comparisonRows } from "../../dist/plot/comparison-rows.js";
import { madeEvaluation } from "../evaluate/made-evaluation.js";

const often = (verdicts: number[]): number[][] => Array.from({ length: 20 }, () => verdicts);
const measures = (base: number[], tuned: number[]): string[] =>
  comparisonRows(compareEvaluations(madeEvaluation("base", often(base)), madeEvaluation("tuned", often(tuned)))).map(
    ({ measure }) => measure,
  );

describe("comparisonRows", () => {
  test("words both models and their difference, with intervals", () => {
    const comparison = compareEvaluations(
      madeEvaluation("base", often([0, 1, 0, 0])),
      madeEvaluation("tuned", often([1, 1, 1, 0])),
    );
    expect(comparisonRows(comparison).find(({ measure }) => measure === "accuracy")).toEqual({
      measure: "accuracy",
      base: expect.stringMatching(/^25\u00a0% \(/),
      tuned: expect.stringMatching(/^75\u00a0% \(/),
      difference: expect.stringMatching(/^50\u00a0% \(/),
    });
  });

  test("tells what several answers are worth only where there are several", () => {
    expect(measures([0, 1, 0, 0], [1, 1, 1, 0])).toContain("one of 4 right (pass@4)");
    expect(measures([0], [1])).toEqual(["reward", "accuracy", "format", "tokens an answer"]);
  });
});
