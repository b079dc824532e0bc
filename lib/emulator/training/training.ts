/**
 * The training of one job, seen from the server: what its hyperparameters mean for the tiny model, and the
 * thread in which it trains.
 * @module
 */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { FineTuningJob, Hyperparameters } from "../../service/jobs.js";
import { countText } from "../../util/format.js";
import { tokenBudget } from "../answering/reasoning.js";
import type { GrpoOptions } from "../nano/grpo.js";
import type { TrainingInput, TrainingMessage, TrainingReply } from "./training-worker.js";

/** What a multiplier of 1 stands for. */
const baseLearningRate = 3e-4;
const baseRollouts = 8;

/** What `auto` becomes, whatever is in the file. */
const defaults = {
  batch_size: 16,
  learning_rate_multiplier: 1,
  n_epochs: 1,
  compute_multiplier: 1,
  eval_interval: 10,
  eval_samples: 1,
} as const;

/** The options of a job's run. Rollouts are at least two a problem, because advantages compare siblings. */
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
    `Training for ${steps} steps: ${countText(plan.promptsPerStep, "problem")} a step, ${plan.rolloutsPerPrompt} answers a problem of at most ` +
    `${plan.maxTokens} tokens, ${plan.epochs} ${plan.epochs === 1 ? "epoch" : "epochs"}, learning rate ${plan.learningRate}, ` +
    `validation every ${plan.evalInterval} steps with ${countText(plan.evalSamples, "answer")} a problem, seed ${plan.seed}.`
  );
}

function numberOf(hyperparameters: Hyperparameters, name: keyof typeof defaults): number {
  const value = hyperparameters[name] ?? "auto";
  return value === "auto" ? defaults[name] : value;
}

/** How training ended: every step done, paused as the server replied, or stopped in the middle. */
export type TrainingOutcome = "finished" | "paused" | "stopped";

/** A job that trains. */
export interface Training {
  /** Rejects with what went wrong in the thread, or in writing down what it said. */
  ended: Promise<TrainingOutcome>;
  /** Stops at once; resolves when the thread is gone. */
  stop(): Promise<void>;
}

/** Starts the thread; after each message it waits for the reply that `record` resolves to. */
export function startTraining(
  input: TrainingInput,
  record: (message: TrainingMessage) => Promise<TrainingReply>,
): Training {
  const worker = new Worker(join(__dirname, "training-worker.js"), { workerData: input });
  let outcome: TrainingOutcome = "finished";
  const stop = async (): Promise<void> => {
    outcome = "stopped";
    await worker.terminate();
  };
  const ended = new Promise<TrainingOutcome>((resolve, reject) => {
    const answer = async (message: TrainingMessage): Promise<void> => {
      const reply = await record(message);
      if (reply === "pause") outcome = "paused";
      worker.postMessage(reply);
    };
    worker.on("message", (message: TrainingMessage) => {
      answer(message).catch((error: unknown) => {
        reject(error);
        void stop();
      });
    });
    worker.once("error", reject);
    worker.once("exit", (code) => {
      if (code === 0 || outcome === "stopped") resolve(outcome);
      else reject(new Error(`The training thread ended with the code ${code}.`));
    });
  });
  return { ended, stop };
}
