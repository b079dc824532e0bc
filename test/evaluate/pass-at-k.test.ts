import { describe, expect, test } from "vitest";
import type { EvaluationSample } from "../../dist/evaluate/evaluation.js";
import { majorityAnswer, passAtK } from "../../dist/evaluate/pass-at-k.js";
import { madeEvaluation } from "./made-evaluation.js";

/** All ways to choose `k` of the numbers below `n`. */
function choices(n: number, k: number): number[][] {
  if (k === 0) return [[]];
  if (n < k) return [];
  return [...choices(n - 1, k), ...choices(n - 1, k - 1).map((chosen) => [...chosen, n - 1])];
}

function binomial(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i;
  return n < k ? 0 : result;
}

describe("passAtK", () => {
  test("is the share of all choices of k answers in which one is right", () => {
    for (let n = 1; n <= 8; n++)
      for (let right = 0; right <= n; right++)
        for (let k = 1; k <= n; k++) {
          const all = choices(n, k);
          const solved = all.filter((chosen) => chosen.some((answer) => answer < right)).length;
          expect(passAtK(n, right, k)).toBeCloseTo(solved / all.length, 12);
        }
  });

  test("agrees with the formula of Chen et al. for the 200 samples of their paper", () => {
    for (const [right, k] of [
      [1, 1],
      [13, 10],
      [57, 100],
      [150, 51],
    ] as const)
      expect(passAtK(200, right, k)).toBeCloseTo(1 - binomial(200 - right, k) / binomial(200, k), 10);
  });

  test("is the accuracy for one answer, and whether any is right for all of them", () => {
    expect(passAtK(4, 3, 1)).toBe(0.75);
    expect([passAtK(4, 0, 4), passAtK(4, 1, 4)]).toEqual([0, 1]);
  });
});

/** Answers to one problem: `R` is right, a small letter an answer of that name, `-` none. */
function answers(votes: string): EvaluationSample[] {
  const { samples } = madeEvaluation("d", [[...votes].map((vote) => Number(vote === "R"))]);
  return samples.map((sample, i) => ({ ...sample, finalAnswer: votes[i] === "-" ? null : (votes[i] as string) }));
}

describe("majorityAnswer", () => {
  test.each([
    ["RRaa", true],
    ["aRRa", false],
    ["aaRb", false],
    ["abRR", true],
    ["Rabc", true],
    ["aRbc", false],
    ["---R", true],
    ["----", false],
    ["R", true],
  ])("of %s is right: %s", (votes, right) => {
    expect(majorityAnswer(answers(votes)).right).toBe(right);
  });

  test("comes with a sample that gives it", () => {
    const samples = answers("abba");
    expect(majorityAnswer(samples).sample).toBe(samples[0]);
    expect(majorityAnswer(answers("-bb")).sample.finalAnswer).toBe("b");
    expect(majorityAnswer(answers("--")).sample.finalAnswer).toBeNull();
  });

  test("takes right answers for one answer, however they are written", () => {
    const samples = answers("RRaaa").map((sample, i) => (i === 0 ? { ...sample, finalAnswer: "0.5" } : sample));
    expect(majorityAnswer(samples).right).toBe(false);
    expect(majorityAnswer(samples.slice(0, 4)).right).toBe(true);
  });
});
