import { describe, expect, test } from "vitest";
import type { Calibration } from "../../dist/evaluate/calibrate.js";
import { calibrationFigure, histogramFigure, traceLengthsFigure } from "../../dist/plot/histogram.js";
import { madeEvaluation } from "../evaluate/made-evaluation.js";
import { titleOf } from "./title-of.js";

const often = (length: number, values: number[]): number[][] => Array.from({ length }, () => values);
const base = madeEvaluation("base", [...often(20, [0, 0, 1, 0]), ...often(10, [1, 1, 1, 0])]);
const tuned = madeEvaluation("tuned", often(30, [1, 1, 1, 0]));

describe("histogramFigure", () => {
  test("counts rewards in ten bins, the highest including 1", () => {
    const figure = histogramFigure(base, tuned);
    expect(titleOf(figure)).toBe("75 % of the tuned model's answers earn a reward above 0.9, 42 % of the base model's");
    expect(figure.data[1]?.y).toEqual([0, 0.25, 0, 0, 0, 0, 0, 0, 0, 0.75]);
  });
});

const calibration: Calibration = {
  findings: [],
  decision: "go",
  reason: "",
  rewards: [0, 0.1, 0.1, 1],
  failRate: 0.75,
  withoutSpread: 0.06,
};

describe("calibrationFigure", () => {
  test("shows the rewards in ten bins under the share of problems without spread", () => {
    const figure = calibrationFigure(calibration);
    expect(titleOf(figure)).toBe("Go: all answers earn the same on 6 % of the problems; the others teach");
    expect(figure.data[0]?.y).toEqual([0.25, 0.5, 0, 0, 0, 0, 0, 0, 0, 0.25]);
    expect(figure.alt).toContain("75");
  });

  test("says so where no problem has any spread", () => {
    const figure = calibrationFigure({ ...calibration, decision: "no go", withoutSpread: 1 });
    expect(titleOf(figure)).toBe("No go: all answers to each problem earn the same");
  });
});

describe("traceLengthsFigure", () => {
  test("counts every solution once and says where the middle and the longest tenth lie", () => {
    const lengths = Array.from({ length: 101 }, (_, i) => ({ traceCharacters: 100 * i }));
    const figure = traceLengthsFigure([...lengths, { traceCharacters: null }]);
    expect(titleOf(figure)).toBe(
      "Half of the solutions are shorter than 5,000 characters, one in ten longer than 9,000",
    );
    expect(figure.data[0]?.y.reduce((sum: number, count) => sum + Number(count), 0)).toBe(101);
    expect(figure.alt).toContain("101 verified solutions; the longest has 10,000 characters");
  });

  test("says that there are none", () => {
    expect(titleOf(traceLengthsFigure([{ traceCharacters: null }]))).toBe("No verified solution has been read");
  });
});
