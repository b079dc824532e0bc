import { describe, expect, test } from "vitest";
import type { CurvePoint } from "../../dist/job/curve.js";
import { type CurveFinding, diagnoseCurve } from "../../dist/job/diagnose.js";
import { madeCurve } from "../plot/made-curve.js";

type Point = Partial<CurvePoint>;

function finding(rule: CurveFinding["rule"], points: Point[]): CurveFinding {
  return diagnoseCurve(madeCurve(...points)).find((found) => found.rule === rule) as CurveFinding;
}

const rewards = (...values: number[]): Point[] => values.map((validReward) => ({ validReward }));
const tokens = (...values: number[]): Point[] => values.map((completionTokens) => ({ completionTokens }));

test("says one sentence for each rule, and does not judge what was not reported", () => {
  const findings = diagnoseCurve(madeCurve());
  expect(findings.map(({ rule }) => rule)).toEqual([
    "train-validation gap",
    "flat reward",
    "saturated reward",
    "token growth",
    "grader errors",
  ]);
  for (const { level, sentence } of findings) {
    expect(level).toBe("unknown");
    expect(sentence).toMatch(/^[A-Z].*\.$/);
  }
});

describe("the gap between training and validation reward", () => {
  test.each([
    [0.54, "ok"],
    [0.4, "ok"],
    [0.58, "watch"],
    [0.61, "stop"],
  ] as const)("of training at %d and validation at 0.5 is %s, with the number", (trainReward, level) => {
    const found = finding("train-validation gap", [{ trainReward, validReward: 0.5 }]);
    expect(found.level).toBe(level);
    expect(found.sentence).toContain(Math.abs(trainReward - 0.5).toFixed(3));
  });

  test("is taken at the last evaluation, not at steps after it", () => {
    const points = [{ trainReward: 0.5, validReward: 0.5 }, { trainReward: 0.9 }, { trainReward: 0.9 }];
    expect(finding("train-validation gap", points).level).toBe("ok");
  });
});

describe("the reward", () => {
  test.each([
    ["rises", rewards(0.2, 0.3, 0.5, 0.6), "ok", /from 0\.250 to 0\.550/],
    ["stays near 0", rewards(0.01, 0, 0.02, 0.01), "stop", /near 0 .*grader/],
    ["does not move", rewards(0.4, 0.41, 0.4, 0.41), "watch", /does not rise/],
    ["falls", rewards(0.5, 0.5, 0.3, 0.3), "watch", /falls .*learning_rate_multiplier/],
  ] as const)("that %s is judged", (_how, points, level, sentence) => {
    const found = finding("flat reward", [...points]);
    expect(found.level).toBe(level);
    expect(found.sentence).toMatch(sentence);
  });

  test("that is high from the start leaves nothing to learn, and is not called flat besides", () => {
    const points = rewards(0.95, 0.95, 0.96, 0.95);
    expect(finding("saturated reward", points)).toMatchObject({
      level: "stop",
      sentence: expect.stringContaining("0.950"),
    });
    expect(finding("flat reward", points).level).toBe("ok");
    expect(finding("saturated reward", rewards(0.2, 0.95)).level).toBe("ok");
  });
});

describe("the length of the answers", () => {
  test.each([
    [tokens(100, 200), "ok", /2\.0 times/],
    [tokens(100, 250), "watch", /2\.5 times/],
    [tokens(100, 300), "stop", /3\.0 times.*excessive/],
    [tokens(300, 100), "ok", /0\.3 times/],
  ] as const)("%j is judged by its growth", (points, level, sentence) => {
    const found = finding("token growth", [...points]);
    expect(found.level).toBe(level);
    expect(found.sentence).toMatch(sentence);
  });
});

describe("errors of the grader", () => {
  test("must be none at all", () => {
    const quiet = { graderErrors: { other_error: 0 } };
    expect(finding("grader errors", [quiet, quiet]).level).toBe("ok");
    const found = finding("grader errors", [quiet, { graderErrors: { python_grader_runtime_error: 0.125 } }]);
    expect(found.level).toBe("stop");
    expect(found.sentence).toMatch(/12\.5 % of the answers of step 2 \(python_grader_runtime_error\)/);
  });
});
