import { describe, expect, it } from "vitest";
import { changedProblems, compareEvaluations } from "../../dist/evaluate/compare.js";
import { madeEvaluation } from "./made-evaluation.js";

const often = (length: number, verdicts: number[]): number[][] => Array.from({ length }, () => verdicts);

const base = madeEvaluation("base", [...often(20, [0, 0, 1, 0]), ...often(10, [1, 1, 1, 0])]);
const tuned = madeEvaluation("tuned", [...often(15, [1, 1, 1, 0]), ...often(14, [1, 1, 1, 0]), [0, 0, 0, 1]]);

describe("compareEvaluations", () => {
  it("pairs the problems and gives base, tuned and difference with intervals", () => {
    const { accuracy, reward, problems } = compareEvaluations(base, tuned);
    expect(problems).toBe(30);
    expect(accuracy.base.value).toBeCloseTo(50 / 120);
    expect(accuracy.tuned.value).toBeCloseTo(88 / 120);
    expect(accuracy.difference.value).toBeCloseTo(38 / 120);
    expect(reward.difference.value).toBeCloseTo((0.9 * 38) / 120);
    expect(accuracy.difference.low).toBeGreaterThan(0.15);
    expect(accuracy.difference.high).toBeLessThan(0.5);
  });

  it("sees small gains on many problems, which unpaired intervals would not show", () => {
    const rightOfTen = (i: number, more: number): number[] =>
      Array.from({ length: 10 }, (_, k) => Number(k < (i % 8) + more));
    const mixed = Array.from({ length: 30 }, (_, i) => rightOfTen(i, 0));
    const better = Array.from({ length: 30 }, (_, i) => rightOfTen(i, i % 3));
    const { accuracy } = compareEvaluations(madeEvaluation("base", mixed), madeEvaluation("tuned", better));
    expect(accuracy.tuned.low).toBeLessThan(accuracy.base.high);
    expect(accuracy.difference.low).toBeGreaterThan(0);
  });

  it("splits the accuracy by problem type, the largest first", () => {
    const { byProblemType } = compareEvaluations(base, tuned);
    expect(byProblemType.map(({ problemType, problems }) => [problemType, problems])).toEqual([
      ["Geometry", 20],
      ["Algebra", 10],
    ]);
  });

  it("counts the majority verdicts that changed", () => {
    const { verdicts } = compareEvaluations(base, tuned);
    expect(verdicts).toMatchObject({ gained: 20, lost: 1 });
    expect(verdicts.p).toBeCloseTo((2 * 22) / 2 ** 21, 8);
  });

  it("reports a rise, a fall, or that no difference is shown", () => {
    expect(compareEvaluations(base, tuned).sentence).toMatch(
      /^On 30 problems, accuracy rises from 41\.7 % to 73\.3 % \(\+31\.7 points, 95 % interval \+\d+\.\d to \+\d+\.\d\)\.$/,
    );
    expect(compareEvaluations(tuned, base).sentence).toMatch(/accuracy falls from 73\.3 % to 41\.7 % \(−31\.7 points/);
    const same = madeEvaluation(
      "same",
      base.samples.reduce<number[][]>((verdicts, { criteria }, i) => {
        if (i % 4 === 0) verdicts.push([]);
        verdicts.at(-1)?.push(criteria.correctness as number);
        return verdicts;
      }, []),
    );
    expect(compareEvaluations(base, same).sentence).toMatch(
      /^No difference shown on 30 problems: .*includes zero\)\.$/,
    );
  });

  it("refuses evaluations of different problems or decodings", () => {
    const fewer = { ...tuned, samples: tuned.samples.slice(4) };
    expect(() => compareEvaluations(base, fewer)).toThrow("asked 30 problems and tuned 29, of which 29 are the same");
    expect(() => compareEvaluations(base, { ...tuned, decoding: "greedy" })).toThrow("decoded differently");
  });
});

describe("changedProblems", () => {
  it("shows a typical answer of each model, the gained problems first", () => {
    const changed = changedProblems(base, tuned);
    expect(changed).toHaveLength(21);
    expect(changed[0]).toEqual({
      problemId: "u0",
      problemType: "Algebra",
      problem: "Problem 0",
      change: "gained",
      baseAnswer: "wrong answer 0",
      baseAccuracy: 0.25,
      tunedAnswer: "right answer 0",
      tunedAccuracy: 0.75,
    });
    expect(changed.at(-1)).toMatchObject({ problemId: "u29", change: "lost", tunedAnswer: "wrong answer 0" });
  });
});
