/** @module Reinforcement fine-tuning of a tiny random model. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadCheckpoint, saveCheckpoint } from "../../../dist/emulator/nano/checkpoint.js";
import { type GrpoOptions, groupAdvantages, type StepReport, trainGrpo } from "../../../dist/emulator/nano/grpo.js";
import { vocabularySize } from "../../../dist/emulator/nano/tokenizer.js";
import { Nano } from "../../../dist/emulator/nano/transformer.js";
import { seededRandom } from "../../../dist/util/random.js";

const folder = mkdtempSync(join(tmpdir(), "grpo-"));
afterAll(() => rmSync(folder, { recursive: true }));

const options: GrpoOptions = {
  promptsPerStep: 4,
  rolloutsPerPrompt: 8,
  epochs: 1,
  learningRate: 1e-2,
  evalInterval: 10,
  evalSamples: 2,
  maxTokens: 6,
  seed: 1,
};

const examples = (count: number) => Array.from({ length: count }, (_, i) => ({ prompt: `What is $${i}$?` }));

/** Pays for every digit seven. */
const reward = async (rollouts: { text: string }[]) =>
  rollouts.map(({ text }) => {
    const sevens = text.split("7").length - 1;
    return { reward: Math.min(1, sevens / 2), criteria: { sevens } };
  });

function freshModel(): Nano {
  const model = new Nano({ vocabulary: vocabularySize, width: 32, layers: 1, heads: 2, context: 32 });
  model.parameters.initialize(seededRandom(1));
  return model;
}

async function train(
  model: Nano,
  count: number,
  changes: Partial<GrpoOptions> = {},
  completedSteps = 0,
): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  const run = trainGrpo(model, examples(count), examples(5), reward, { ...options, ...changes }, completedSteps);
  for await (const report of run) reports.push(report);
  return reports;
}

/** The same but for the clock. */
const timeless = (reports: StepReport[]) => reports.map(({ seconds, ...rest }) => rest);

describe("group-relative advantages", () => {
  const graded = (rewards: number[]) => rewards.map((value) => ({ reward: value, criteria: {} }));

  test("measure each reward in its own group's deviations", () => {
    const [a, b, c, d] = groupAdvantages(graded([0, 1, 10, 30]), 2) as [number, number, number, number];
    expect([a, b, c, d].map((value) => Math.round(value * 100) / 100)).toEqual([-1, 1, -1, 1]);
  });

  test("are zero where all answers of a group earn the same", () => {
    expect(groupAdvantages(graded([0.1, 0.1, 0.1, 1, 1, 1]), 3)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe("training", () => {
  test("raises what is rewarded, on prompts it was not trained on too", async () => {
    const reports = await train(freshModel(), 160);
    expect(reports).toHaveLength(40);
    expect(reports[0]?.trainRewardMean).toBeLessThan(0.3);
    expect(reports.at(-1)?.trainRewardMean).toBeGreaterThan(0.8);
    expect(reports.at(-1)?.validRewardMean).toBeGreaterThan(0.8);
    expect(reports.at(-1)?.validCriteria?.sevens).toBeGreaterThan(1);
  });

  test("evaluates before the first step, at the interval and after the last step, and only then", async () => {
    const reports = await train(freshModel(), 20, { evalInterval: 3 });
    expect(reports.map(({ validRewardMean }) => validRewardMean !== null)).toEqual([true, false, true, false, true]);
    expect(reports.map(({ evaluated }) => evaluated)).toEqual([false, false, true, false, true]);
  });

  test("begins with what the untrained model earns, and trains the same as without looking", async () => {
    const untrained = await train(freshModel(), 20, { learningRate: 0, evalInterval: 3 });
    const trained = await train(freshModel(), 20, { evalInterval: 3 });
    expect(trained[0]?.validRewardMean).toBe(untrained[0]?.validRewardMean);
    expect(untrained[2]?.validRewardMean).toBe(untrained[0]?.validRewardMean);
    expect(trained[2]?.validRewardMean).not.toBe(trained[0]?.validRewardMean);
    const blind: number[] = [];
    const run = trainGrpo(freshModel(), examples(20), [], reward, { ...options, evalInterval: 3 });
    for await (const { trainRewardMean } of run) blind.push(trainRewardMean);
    expect(trained.map(({ trainRewardMean }) => trainRewardMean)).toEqual(blind);
  });

  test("numbers its steps", async () => {
    const reports = await train(freshModel(), 12, { evalInterval: 2 });
    expect(reports.map(({ step, totalSteps }) => [step, totalSteps])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  test("uses every prompt once an epoch", async () => {
    const seen: string[] = [];
    const spy = async (rollouts: { example: { prompt: string }; text: string }[]) => {
      seen.push(...rollouts.map(({ example }) => example.prompt));
      return await reward(rollouts);
    };
    for await (const _ of trainGrpo(freshModel(), examples(6), [], spy, { ...options, epochs: 2 }));
    for (const { prompt } of examples(6)) expect(seen.filter((one) => one === prompt)).toHaveLength(16);
  });

  test("answers every problem of a step as often as it is told, those of validation as often as they are", async () => {
    const batches: string[][] = [];
    const spy = async (rollouts: { example: { prompt: string }; text: string }[]) => {
      batches.push(rollouts.map(({ example }) => example.prompt));
      return await reward(rollouts);
    };
    const sizes = { promptsPerStep: 3, rolloutsPerPrompt: 5, evalSamples: 4 };
    for await (const _ of trainGrpo(freshModel(), examples(7), examples(2), spy, { ...options, ...sizes }));
    expect(batches.map((prompts) => prompts.length)).toEqual([8, 15, 15, 5, 8]);
    expect(batches.map((prompts) => new Set(prompts).size)).toEqual([2, 3, 3, 1, 2]);
  });

  test("cuts answers off at the longest that is allowed", async () => {
    const meanTokens = async (maxTokens: number) =>
      (await train(freshModel(), 4, { maxTokens, learningRate: 0 })).at(-1)?.completionTokensMean;
    expect(await meanTokens(1)).toBe(1);
    expect(await meanTokens(3)).toBeGreaterThan(2);
    expect(await meanTokens(3)).toBeLessThanOrEqual(3);
  });

  test("moves the weights in proportion to the learning rate", async () => {
    const movement = async (learningRate: number) => {
      const model = freshModel();
      const before = model.weights.slice();
      await train(model, 4, { learningRate });
      return Math.hypot(...model.weights.map((weight, i) => weight - (before[i] as number)));
    };
    expect((await movement(2e-3)) / (await movement(1e-3))).toBeCloseTo(2, 2);
    expect(await movement(0)).toBe(0);
  });

  test("warms up: the first three steps take a third, two thirds and the whole of the learning rate", async () => {
    const learningRate = 1e-3;
    for (const [completedSteps, share] of [1 / 3, 2 / 3, 1, 1].entries()) {
      const model = freshModel();
      const before = model.weights.slice();
      await train(model, 4 * (completedSteps + 1), { learningRate }, completedSteps);
      // The first step of a fresh Adam moves every weight that has a gradient by the learning rate.
      const moved = model.weights.map((weight, i) => Math.abs(weight - (before[i] as number)));
      expect(Math.max(...moved) / learningRate).toBeCloseTo(share, 2);
    }
  });

  test("leaves the weights alone where no answer is better than another", async () => {
    const model = freshModel();
    const before = model.weights.slice();
    const flat = async (rollouts: unknown[]) => rollouts.map(() => ({ reward: 0.5, criteria: {} }));
    for await (const _ of trainGrpo(model, examples(4), [], flat, options));
    expect(model.parameters.optimizerSteps).toBe(0);
    expect(model.weights).toEqual(before);
  });

  test("repeats bit for bit with the same seed, and not with another", async () => {
    const [first, second, other] = [freshModel(), freshModel(), freshModel()];
    expect(timeless(await train(first, 12))).toEqual(timeless(await train(second, 12)));
    expect(first.weights).toEqual(second.weights);
    await train(other, 12, { seed: 2 });
    expect(other.weights).not.toEqual(first.weights);
  });
});

describe("a checkpoint", () => {
  test("lets a run go on as if it had never stopped", async () => {
    const straight = freshModel();
    const allReports = await train(straight, 24);
    expect(allReports).toHaveLength(6);

    const file = join(folder, "checkpoint.bin");
    const interrupted = freshModel();
    for await (const report of trainGrpo(interrupted, examples(24), examples(5), reward, options)) {
      if (report.step < 3) continue;
      await saveCheckpoint(file, interrupted, report.step);
      break;
    }
    const { model, step } = await loadCheckpoint(file);
    const rest = await train(model, 24, {}, step);

    expect(timeless(rest)).toEqual(timeless(allReports.slice(3)));
    expect(model.weights).toEqual(straight.weights);
  });

  test("is refused where it is damaged", async () => {
    const file = join(folder, "damaged.bin");
    await saveCheckpoint(file, freshModel(), 1);
    writeFileSync(file, readFileSync(file).subarray(0, -4));
    await expect(loadCheckpoint(file)).rejects.toThrow(/damaged\.bin is no checkpoint/);
    await expect(loadCheckpoint(join(folder, "absent.bin"))).rejects.toThrow(/absent\.bin/);
  });
});
