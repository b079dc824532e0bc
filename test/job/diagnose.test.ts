import { describe, expect, test } from "vitest";
import type { CurvePoint } from "../../dist/job/curve.js";
import { type CurveFinding, diagnoseCurve } from "../../dist/job/diagnose.js";
import { rewardFigure, tokensFigure } from "../../dist/plot/curves.js";
import { madeCurve } from "../plot/made-curve.js";
import { titleOf } from "../plot/title-of.js";

type Point = Partial<CurvePoint>;

function finding(rule: CurveFinding["rule"], points: Point[]): CurveFinding {
  return diagnoseCurve(madeCurve(...points)).find((found) => found.rule === rule) as CurveFinding;
}

const rewards = (...values: number[]): Point[] => values.map((validReward) => ({ validReward }));
const tokens = (...values: number[]): Point[] => values.map((completionTokens) => ({ completionTokens }));

test("says one sentence for each rule, and is silent on what was not reported", () => {
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
    expect(found.sentence).toContain(`Training reward ${trainReward.toFixed(2)}, validation reward 0.50`);
  });

  test("is taken at the last evaluation, not at steps after it", () => {
    const points = [{ trainReward: 0.5, validReward: 0.5 }, { trainReward: 0.9 }, { trainReward: 0.9 }];
    expect(finding("train-validation gap", points).level).toBe("ok");
  });
});

describe("the reward", () => {
  test.each([
    ["rises", rewards(0.2, 0.3, 0.5, 0.6), "ok", /from 0\.20 to 0\.60/],
    ["stays near 0", rewards(0.01, 0, 0.02, 0.01), "stop", /near 0 .*grader/],
    ["does not move", rewards(0.4, 0.41, 0.4, 0.41), "watch", /does not rise/],
    ["falls", rewards(0.5, 0.5, 0.3, 0.3), "watch", /falls .*learning_rate_multiplier/],
  ] as const)("that %s has its level", (_how, points, level, sentence) => {
    const found = finding("flat reward", [...points]);
    expect(found.level).toBe(level);
    expect(found.sentence).toMatch(sentence);
  });

  test("that is high from the start leaves nothing to learn, and is not called flat besides", () => {
    const points = rewards(0.95, 0.95, 0.96, 0.95);
    expect(finding("saturated reward", points)).toMatchObject({
      level: "stop",
      sentence: expect.stringContaining("starts at 0.95"),
    });
    expect(finding("flat reward", points).level).toBe("ok");
    expect(finding("saturated reward", rewards(0.2, 0.95)).level).toBe("ok");
  });
});

test("the values are those of the figures, and the reward starts where it was measured first", () => {
  const late = [{ trainReward: 0.25 }, { trainReward: 0.3, validReward: 0.9 }, { trainReward: 0.9, validReward: 0.95 }];
  expect(finding("saturated reward", late)).toMatchObject({
    level: "ok",
    sentence: expect.stringContaining("0.25"),
  });
  const curve = madeCurve(
    { trainReward: 0.25, validReward: 0.26, completionTokens: 13 },
    ...Array.from({ length: 20 }, (_, i) => ({ trainReward: 0.5 + i / 100, completionTokens: 14 + i })),
    { trainReward: 0.93, validReward: 0.94, completionTokens: 40 },
  );
  const sentences = diagnoseCurve(curve).map(({ sentence }) => sentence);
  expect(titleOf(rewardFigure(curve))).toBe("Validation reward rises from 0.26 to 0.94");
  expect(sentences.join("\n")).toMatch(/The reward goes from 0\.26 to 0\.94\.\nThe reward starts at 0\.26 /);
  const [, tokensChange] = /from (\d+ to \d+) tokens/.exec(titleOf(tokensFigure(curve))) ?? [];
  expect(sentences[3]).toContain(`from ${tokensChange} tokens`);
});

describe("the length of the answers", () => {
  test.each([
    [tokens(100, 200), "ok", /2\.0 times/],
    [tokens(100, 250), "watch", /2\.5 times/],
    [tokens(100, 300), "stop", /3\.0 times.*excessive/],
    [tokens(300, 100), "ok", /0\.3 times/],
  ] as const)("%j has its level by its growth", (points, level, sentence) => {
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
