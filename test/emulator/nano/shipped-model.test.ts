/** @module The pre-trained model that ships with the project. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { evaluateByFamily, heldOutProblems, isRight, isWellFormed } from "../../../dist/emulator/nano/evaluation.js";
import { type GrpoOptions, trainGrpo } from "../../../dist/emulator/nano/grpo.js";
import type { PretrainingReport } from "../../../dist/emulator/nano/pretraining.js";
import { isHeldOut, type Problem } from "../../../dist/emulator/nano/problems.js";
import { noiseMixture } from "../../../dist/emulator/nano/teacher.js";
import { loadNano } from "../../../dist/emulator/nano/transformer.js";

const log = JSON.parse(readFileSync("lib/emulator/nano/pretraining-log.json", "utf8")) as PretrainingReport;

const options: GrpoOptions = {
  promptsPerStep: 16,
  rolloutsPerPrompt: 8,
  epochs: 1,
  learningRate: 5e-4,
  evalInterval: 10,
  evalSamples: 1,
  maxTokens: 64,
  seed: 1,
};

describe("the shipped model", () => {
  test("is the one of the log, taught with the mixture in the source", () => {
    const model = loadNano();
    expect(model.config).toEqual(log.config);
    expect(model.parameterCount).toBe(log.parameters);
    expect(log.noiseMixture).toEqual(noiseMixture);
  });

  test("does on held-out problems what the log says", () => {
    const model = loadNano();
    for (const [temperature, logged] of [
      [0, log.base.greedy],
      [1, log.base.sampled],
    ] as const) {
      const { accuracy, wellFormed } = evaluateByFamily(model, temperature, 20);
      expect(Math.abs(accuracy - logged.accuracy)).toBeLessThan(0.1);
      expect(Math.abs(wellFormed - logged.wellFormed)).toBeLessThan(0.1);
    }
  });

  test("learns from a reward for right answers within a few steps", async () => {
    const problems = heldOutProblems(16, 5).map((problem) => ({ ...problem, prompt: problem.statement }));
    const reward = async (rollouts: { example: Problem; text: string }[]) =>
      rollouts.map(({ example, text }) => {
        const [correctness, format] = [Number(isRight(text, example)), Number(isWellFormed(text))];
        return { reward: 0.9 * correctness + 0.1 * format, criteria: { correctness, format } };
      });
    const rewards: number[] = [];
    for await (const { trainRewardMean } of trainGrpo(loadNano(), problems, [], reward, options)) {
      rewards.push(trainRewardMean);
    }
    expect(rewards).toHaveLength(12);
    expect(rewards.at(-1)).toBeGreaterThan((rewards[0] as number) + 0.2);
  });
});

describe("held-out problems", () => {
  test("are held out, distinct, and the same for the same seed", () => {
    const problems = heldOutProblems(20, 1);
    expect(problems).toHaveLength(240);
    expect(new Set(problems.map(({ statement }) => statement)).size).toBe(240);
    expect(problems.every(({ statement }) => isHeldOut(statement))).toBe(true);
    expect(heldOutProblems(20, 1)).toEqual(problems);
  });
});
