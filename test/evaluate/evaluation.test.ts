import { describe, expect, test } from "vitest";
import { type EvaluationSample, majorityAnswer } from "../../dist/evaluate/evaluation.js";
import { madeEvaluation } from "./made-evaluation.js";

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
