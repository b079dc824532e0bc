import { describe, expect, test } from "vitest";
import { changedProblems, compareEvaluations } from "../../dist/evaluate/compare.js";
import { madeEvaluation } from "./made-evaluation.js";

const often = (length: number, values: number[]): number[][] => Array.from({ length }, () => values);

const base = madeEvaluation("base", [...often(20, [0, 0, 1, 0]), ...often(10, [1, 1, 1, 0])]);
const tuned = madeEvaluation("tuned", [...often(15, [1, 1, 1, 0]), ...often(14, [1, 1, 1, 0]), [0, 0, 0, 1]]);

describe("compareEvaluations", () => {
  test("pairs the problems and gives base, tuned and difference with intervals", () => {
    const { accuracy, reward, problems } = compareEvaluations(base, tuned);
    expect(problems).toBe(30);
    expect(accuracy.base.value).toBeCloseTo(50 / 120);
    expect(accuracy.tuned.value).toBeCloseTo(88 / 120);
    expect(accuracy.difference.value).toBeCloseTo(38 / 120);
    expect(reward.difference.value).toBeCloseTo((0.9 * 38) / 120);
    expect(accuracy.difference.low).toBeGreaterThan(0.15);
    expect(accuracy.difference.high).toBeLessThan(0.5);
  });

  test("sees small gains on many problems, which unpaired intervals would not show", () => {
    const rightOfTen = (i: number, more: number): number[] =>
      Array.from({ length: 10 }, (_, k) => Number(k < (i % 8) + more));
    const mixed = Array.from({ length: 30 }, (_, i) => rightOfTen(i, 0));
    const better = Array.from({ length: 30 }, (_, i) => rightOfTen(i, i % 3));
    const { accuracy } = compareEvaluations(madeEvaluation("base", mixed), madeEvaluation("tuned", better));
    expect(accuracy.tuned.low).toBeLessThan(accuracy.base.high);
    expect(accuracy.difference.low).toBeGreaterThan(0);
  });

  test("splits the accuracy by problem type, the largest first", () => {
    const { byProblemType } = compareEvaluations(base, tuned);
    expect(byProblemType.map(({ problemType, problems }) => [problemType, problems])).toEqual([
      ["Geometry", 20],
      ["Algebra", 10],
    ]);
  });

  test("counts the majority answers that changed", () => {
    const { majorityChanges } = compareEvaluations(base, tuned);
    expect(majorityChanges).toMatchObject({ gained: 20, lost: 1 });
    expect(majorityChanges.p).toBeCloseTo((2 * 22) / 2 ** 21, 8);
  });

  test("reports a rise, a fall, or that no difference is shown", () => {
    expect(compareEvaluations(base, tuned).sentence).toMatch(
      /^On 30 problems, accuracy rises from 42\u00a0% to 73\u00a0% \(\+31\.7 points, 95 % interval \+\d+\.\d to \+\d+\.\d\)\.$/,
    );
    expect(compareEvaluations(tuned, base).sentence).toMatch(
      /accuracy falls from 73\u00a0% to 42\u00a0% \(−31\.7 points/,
    );
    const same = madeEvaluation("same", [
      ...often(15, [0, 1, 1, 0]),
      ...often(5, [0, 0, 0, 0]),
      ...often(10, [1, 1, 0, 0]),
    ]);
    expect(compareEvaluations(base, same).sentence).toMatch(
      /^No difference shown on 30 problems: .*includes zero\)\. To see a difference of 5 points four times in five, about [\d,]+ problems are needed\.$/,
    );
  });

  test("says that no difference is shown between a model and itself, and tells no power from it", () => {
    const { sentence, power } = compareEvaluations(base, base);
    expect(sentence).toMatch(/^No difference shown .*includes zero\)\.$/);
    expect(power).toEqual({ difference: 0.05, problems: null });
  });

  test("gives pass@k for powers of two up to all answers, and the majority of all answers", () => {
    const { passAtK, majorityAtK } = compareEvaluations(base, tuned);
    expect(passAtK.map(({ k }) => k)).toEqual([1, 2, 4]);
    const [one, two, all] = passAtK;
    expect(one?.tuned.value).toBeCloseTo(88 / 120);
    // 20 problems with 1 of 4 right, 10 with 3 of 4: 1 − C(3,2)/C(4,2) = 1/2, and 1.
    expect(two?.base.value).toBeCloseTo((20 * 0.5 + 10) / 30);
    expect([all?.base.value, all?.tuned.value]).toEqual([1, 1]);
    expect(majorityAtK).toMatchObject({ k: 4, base: { value: 10 / 30 }, tuned: { value: 29 / 30 } });
    expect(majorityAtK.difference.low).toBeGreaterThan(0.3);
  });

  test("compares tokens and time in their own units", () => {
    const longer = tuned.samples.map((sample, i) => ({ ...sample, completionTokens: 30 + (i % 3), seconds: 0.3 }));
    const { completionTokens, seconds } = compareEvaluations(base, { ...tuned, samples: longer });
    expect(completionTokens.difference.value).toBeCloseTo(11);
    expect(completionTokens.difference.low).toBeGreaterThan(10);
    expect(seconds.difference.value).toBeCloseTo(0.2);
  });

  test("gives the effect on each type with its interval", () => {
    for (const { difference, problems } of compareEvaluations(base, tuned).byProblemType) {
      expect(difference.low).toBeLessThan(difference.value);
      expect(difference.high).toBeGreaterThan(difference.value);
      expect(problems).toBeGreaterThan(5);
    }
  });

  test("gives the same intervals each time", () => {
    expect(compareEvaluations(base, tuned)).toEqual(compareEvaluations(base, tuned));
  });

  test.each([
    ["samplesPerProblem was 4 for base and 8 for tuned", { samplesPerProblem: 8 }],
    ["maxCompletionTokens was 16384 for base and 100 for tuned", { maxCompletionTokens: 100 }],
    ["reasoningEffort was not set for base and low for tuned", { reasoningEffort: "low" as const }],
    ["different graders", { hashes: { ...tuned.hashes, grader: "other" } }],
    ["different graders", { hashes: { ...tuned.hashes, verifier: "other" } }],
    ["texts or reference answers differ", { hashes: { ...tuned.hashes, problems: "other" } }],
  ])("refuses: %s", (message, other) => {
    expect(() => compareEvaluations(base, { ...tuned, ...other })).toThrow(message);
    expect(() => changedProblems(base, { ...tuned, ...other })).toThrow(message);
  });

  test("refuses evaluations of different problems or decodings", () => {
    const fewer = { ...tuned, samples: tuned.samples.slice(4) };
    expect(() => compareEvaluations(base, fewer)).toThrow("asked 30 problems and tuned 29, of which 29 are the same");
    expect(() => compareEvaluations(base, { ...tuned, decoding: "greedy" })).toThrow("decoded differently");
  });
});

describe("changedProblems", () => {
  test("shows a typical answer of each model, the gained problems first", () => {
    const changed = changedProblems(base, tuned);
    expect(changed).toHaveLength(21);
    expect(changed[0]).toEqual({
      problemId: "u0",
      problemType: "Algebra",
      problem: "Problem 0",
      change: "gained",
      baseAnswer: "wrong answer 0",
      baseFinalAnswer: "0",
      baseAccuracy: 0.25,
      tunedAnswer: "right answer 0",
      tunedFinalAnswer: "1",
      tunedAccuracy: 0.75,
    });
    expect(changed.at(-1)).toMatchObject({ problemId: "u29", change: "lost", tunedAnswer: "wrong answer 0" });
  });
});
