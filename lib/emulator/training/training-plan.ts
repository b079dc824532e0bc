/**
 * What the hyperparameters of a job mean for the tiny model.
 * @module
 */

import type { FineTuningJob, Hyperparameters } from "../../service/jobs.js";
import { tokenBudget } from "../answering/reasoning-effort.js";
import type { GrpoOptions } from "../nano/grpo.js";

/** What a multiplier of 1 stands for. */
const baseLearningRate = 3e-4;
const baseRollouts = 8;

/** What `auto` becomes, whatever the file holds. */
const defaults = {
  batch_size: 16,
  learning_rate_multiplier: 1,
  n_epochs: 1,
  compute_multiplier: 1,
  eval_interval: 10,
  eval_samples: 1,
} as const;

/** The options of the training run. Rollouts are at least two a problem, because advantages compare siblings. */
export function trainingPlan({ method, seed }: Pick<FineTuningJob, "method" | "seed">): GrpoOptions {
  const { hyperparameters = {} } = method.reinforcement;
  const { reasoning_effort: effort = "default" } = hyperparameters;
  const value = (name: keyof typeof defaults): number => numberOf(hyperparameters, name);
  return {
    promptsPerStep: value("batch_size"),
    rolloutsPerPrompt: Math.max(2, Math.round(baseRollouts * value("compute_multiplier"))),
    epochs: value("n_epochs"),
    learningRate: baseLearningRate * value("learning_rate_multiplier"),
    evalInterval: value("eval_interval"),
    evalSamples: value("eval_samples"),
    maxTokens: tokenBudget(effort === "default" ? null : effort),
    seed,
  };
}

/** The plan as a line for the job's events. */
export function describePlan(plan: GrpoOptions, steps: number): string {
  return (
    `Training for ${steps} steps: ${plan.promptsPerStep} problems a step, ${plan.rolloutsPerPrompt} answers a problem of at most ` +
    `${plan.maxTokens} tokens, ${plan.epochs} ${plan.epochs === 1 ? "epoch" : "epochs"}, learning rate ${plan.learningRate}, ` +
    `validation every ${plan.evalInterval} steps with ${plan.evalSamples} answers a problem, seed ${plan.seed}.`
  );
}

function numberOf(hyperparameters: Hyperparameters, name: keyof typeof defaults): number {
  const value = hyperparameters[name] ?? "auto";
  return value === "auto" ? defaults[name] : value;
}
