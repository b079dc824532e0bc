/** @module The careless teacher, and what pre-training shows. */
import { describe, expect, test } from "vitest";
import { isRight, isWellFormed } from "../../../dist/emulator/nano/evaluation.js";
import { trainingExample } from "../../../dist/emulator/nano/pretraining.js";
import { generateProblem, isHeldOut, workedSolution } from "../../../dist/emulator/nano/problems.js";
import { noiseMixture, noisyAnswer } from "../../../dist/emulator/nano/teacher.js";
import { seededRandom } from "../../../dist/util/random.js";

describe("the noise mixture", () => {
  const random = seededRandom(11);
  const answered = Array.from({ length: 6000 }, () => {
    const problem = generateProblem(random);
    return { problem, text: noisyAnswer(problem, random) };
  });
  const share = (test: (text: string) => boolean) => answered.filter(({ text }) => test(text)).length / answered.length;

  test("has shares that sum to one", () => {
    expect(Object.values(noiseMixture.styles).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1);
  });

  test("shows each style about as often as it says", () => {
    const { styles } = noiseMixture;
    expect(share((text) => text.startsWith("Let me think."))).toBeCloseTo(styles.rambling, 1);
    expect(share((text) => text.startsWith("The answer is"))).toBeCloseTo(styles.bare, 1);
    expect(share(isWellFormed)).toBeCloseTo(styles.worked + styles.bare + styles.rambling / 3, 1);
  });

  test("leaves something to learn: between a fifth and half of its answers are boxed and right", () => {
    const right = answered.filter(({ problem, text }) => isRight(text, problem)).length / answered.length;
    expect(right).toBeGreaterThan(0.2);
    expect(right).toBeLessThan(0.5);
  });
});

describe("pre-training", () => {
  test.each(["clean", "noisy"] as const)("never shows a held-out problem in its %s phase", (phase) => {
    const random = seededRandom(5);
    for (let i = 0; i < 5000; i++) expect(isHeldOut(trainingExample(random, phase).statement)).toBe(false);
  });
});

describe("the plain exact-match reward", () => {
  const problem = generateProblem(seededRandom(1), "probability");

  test("accepts the worked solution, and an unreduced fraction", () => {
    expect(isRight(workedSolution(problem), problem)).toBe(true);
    expect(isRight("The answer is $\\boxed{\\frac{6}{8}}$.", { answer: "\\frac{3}{4}" })).toBe(true);
  });

  test("refuses an answer without a closed box", () => {
    for (const text of ["The answer is $4$.", "$\\boxed{4$.", "$boxed{4}$.", "$\\boxed 4$."]) {
      expect(isRight(text, { answer: "4" })).toBe(false);
      expect(isWellFormed(text)).toBe(false);
    }
  });
});
