/** @module Pre-training, a few steps of it. */
import { describe, expect, test } from "vitest";
import { freshNano, type Step, trainSteps } from "../../../dist/emulator/nano/pretraining.js";
import { sample } from "../../../dist/emulator/nano/sampling.js";
import type { Nano } from "../../../dist/emulator/nano/transformer.js";
import { seededRandom } from "../../../dist/util/random.js";

const steps = 4;

/** `look` is called between two steps. */
function run(seed: number, look?: (model: Nano) => void): { trained: Step[]; weights: Float32Array } {
  const random = seededRandom(seed);
  const model = freshNano(random);
  const trained: Step[] = [];
  for (const step of trainSteps(model, random, steps)) {
    trained.push(step);
    look?.(model);
  }
  return { trained, weights: model.weights.slice() };
}

describe("pre-training", () => {
  const first = run(1);

  test("shows clean answers for the larger part of its steps, then the noisy mixture, and learns from both", () => {
    expect(first.trained.map(({ step, phase }) => [step, phase])).toEqual([
      [1, "clean"],
      [2, "clean"],
      [3, "clean"],
      [4, "noisy"],
    ]);
    const losses = first.trained.map(({ loss }) => loss);
    expect(losses[2]).toBeLessThan(losses[0] as number);
  });

  test("repeats bit by bit with the same seed, looked at in between or not", () => {
    const again = run(1, (model) => {
      sample(model, ["What is $1 + 1$?"], { temperature: 1, maxTokens: 3, random: seededRandom(2) });
    });
    expect(again).toEqual(first);
  });

  test("takes another course with another seed", () => {
    expect(run(2).weights).not.toEqual(first.weights);
  });
});
