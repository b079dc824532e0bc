import { describe, expect, test } from "vitest";
import { hackingFigure } from "../../dist/plot/hacking.js";
import { madeEvaluation } from "../evaluate/made-evaluation.js";
import { madeCurve } from "./made-curve.js";
import { titleOf } from "./title-of.js";

const often = (length: number, verdicts: number[]): number[][] => Array.from({ length }, () => verdicts);
const base = madeEvaluation("base", [...often(20, [0, 0, 1, 0]), ...often(10, [1, 1, 1, 0])]);
const tuned = madeEvaluation("tuned", often(30, [1, 1, 1, 0]));

describe("hackingFigure", () => {
  test("says that a grader is gamed only where the reward rises and the accuracy falls", () => {
    const rising = madeCurve({ trainReward: 0.11 }, { trainReward: 0.98 });
    expect(titleOf(hackingFigure(rising, tuned, base))).toBe(
      "The grader is gamed: reward rises from 0.11 to 0.98, accuracy falls from 75 % to 42 %",
    );
    expect(titleOf(hackingFigure(rising, base, tuned))).toBe(
      "Reward rises from 0.11 to 0.98, accuracy rises from 42 % to 75 %",
    );
  });
});
