import { describe, expect, test } from "vitest";
import type { Calibration } from "../../dist/evaluate/calibrate.js";
import { calibrationFigure } from "../../dist/plot/calibration.js";
import { titleOf } from "./title-of.js";

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
