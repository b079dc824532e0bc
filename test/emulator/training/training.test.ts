import { describe, expect, test } from "vitest";
import { describePlan, trainingPlan } from "../../../dist/emulator/training/training.js";
import type { Hyperparameters } from "../../../dist/service/jobs.js";
import { answerGrader } from "../harness.js";

function planFor(hyperparameters?: Hyperparameters): ReturnType<typeof trainingPlan> {
  return trainingPlan({
    seed: 7,
    method: { type: "reinforcement", reinforcement: { grader: answerGrader, hyperparameters } },
  });
}

describe("the plan of a job", () => {
  test("takes every number as it was given", () => {
    const plan = planFor({
      batch_size: 4,
      learning_rate_multiplier: 2,
      n_epochs: 3,
      compute_multiplier: 1.5,
      eval_interval: 5,
      eval_samples: 2,
      reasoning_effort: "low",
    });
    expect(plan).toEqual({
      promptsPerStep: 4,
      rolloutsPerPrompt: 12,
      epochs: 3,
      learningRate: 6e-4,
      evalInterval: 5,
      evalSamples: 2,
      maxTokens: 40,
      seed: 7,
    });
  });

  test("means the same by auto, by default and by nothing", () => {
    const auto = "auto" as const;
    const numbers = { batch_size: auto, learning_rate_multiplier: auto, n_epochs: auto, compute_multiplier: auto };
    expect(planFor({ ...numbers, eval_interval: auto, eval_samples: auto, reasoning_effort: "default" })).toEqual(
      planFor(),
    );
    expect(planFor()).toMatchObject({ promptsPerStep: 16, rolloutsPerPrompt: 8, learningRate: 3e-4, maxTokens: 80 });
  });

  test("samples at least two answers a problem, because advantages compare siblings", () => {
    expect(planFor({ compute_multiplier: 0.001 }).rolloutsPerPrompt).toBe(2);
  });

  test("is told in one line", () => {
    expect(describePlan(planFor({ n_epochs: 2 }), 20)).toMatch(
      /^Training for 20 steps: 16 problems a step.* 2 epochs.* seed 7\.$/,
    );
  });
});
