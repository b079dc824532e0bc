/**
 * Reinforcement fine-tuning by group-relative policy optimisation (GRPO; Shao et al. 2024, DeepSeekMath,
 * arXiv 2402.03300).
 *
 * Each step answers a few prompts several times each, has the answers graded, and compares every answer with
 * its siblings: the advantage is (reward - mean of the group) / deviation of the group. Answers better than
 * their siblings become likelier, worse ones less likely. A group in which all answers earn the same teaches
 * nothing and is skipped.
 *
 * What this omits of the paper, and why:
 * - the clipped importance ratio: there is one update per batch, by the very model that sampled it, so the
 *   ratio is 1;
 * - the KL term towards the base model: it costs a second model and is dropped in practice (Yu et al. 2025,
 *   DAPO, arXiv 2503.14476);
 * - the mean over each answer's own length, which favours long wrong answers (Liu et al. 2025, Dr. GRPO,
 *   arXiv 2503.20783): every token of the batch weighs the same, as in DAPO.
 * @module
 */
import { setImmediate } from "node:timers/promises";
import { mean, sum } from "../../util/numbers.js";
import { seededRandom, shuffled } from "../../util/random.js";
import { toBatch } from "./batching.js";
import { type Completion, countReasoningTokens, promptTokens, sample } from "./sampling.js";
import type { Nano } from "./transformer.js";

/** The hyperparameters of a run. */
export interface GrpoOptions {
  /** Prompts of one step, each answered `rolloutsPerPrompt` times. */
  promptsPerStep: number;
  rolloutsPerPrompt: number;
  /** How often every training prompt is used. */
  epochs: number;
  learningRate: number;
  /** The validation prompts are answered every so many steps, and after the last one. */
  evalInterval: number;
  /** Answers for each validation prompt. */
  evalSamples: number;
  /** The longest answer. */
  maxTokens: number;
  seed: number;
}

/** What the grader says of one answer: the reward, and the criteria it is made of. */
interface Graded {
  reward: number;
  criteria: Record<string, number>;
}

/** Grades a batch of answers, in order. */
export type RewardFunction<T> = (rollouts: { example: T; text: string }[]) => Promise<Graded[]>;

/**
 * What one step did. Every field of validation is null if nothing was evaluated. The first step reports what
 * the untrained model earns, like its training reward, unless the model after it is evaluated too.
 */
export interface StepReport {
  /** From 1 to `totalSteps`. */
  step: number;
  totalSteps: number;
  trainRewardMean: number;
  trainCriteria: Record<string, number>;
  validRewardMean: number | null;
  validCriteria: Record<string, number> | null;
  /** Tokens an answer, on average; reasoning tokens are the ones before the last box. */
  completionTokensMean: number;
  reasoningTokensMean: number;
  validReasoningTokensMean: number | null;
  /** Whether the model as it is after this step was evaluated. */
  evaluated: boolean;
  seconds: { sampling: number; grading: number; training: number; evaluation: number };
}

interface Rollout<T> {
  example: T;
  completion: Completion;
}

const warmUpSteps = 3;
const microBatchSize = 32;

/** How many steps a run takes; the last one of an epoch may be smaller. */
export function countSteps(trainingPrompts: number, { promptsPerStep, epochs }: GrpoOptions): number {
  return epochs * Math.ceil(trainingPrompts / promptsPerStep);
}

/**
 * Trains `model` in place and yields after every step; between two steps it may be saved with
 * `saveCheckpoint`. All randomness comes from the seed and the step's number, so a run that continues a
 * checkpoint after `completedSteps` steps equals one that never stopped, bit for bit.
 */
export async function* trainGrpo<T extends { prompt: string }>(
  model: Nano,
  train: T[],
  valid: T[],
  reward: RewardFunction<T>,
  options: GrpoOptions,
  completedSteps = 0,
): AsyncGenerator<StepReport> {
  const totalSteps = countSteps(train.length, options);
  if (completedSteps === 0) model.parameters.resetOptimizer();

  for (let step = completedSteps + 1; step <= totalSteps; step++) {
    await setImmediate();
    const clock = stopwatch();
    const evaluated = valid.length > 0 && (step % options.evalInterval === 0 || step === totalSteps);
    const untrained =
      step === 1 && valid.length > 0 && !evaluated ? await evaluate(model, valid, reward, options) : null;
    const before = clock();
    const rollouts = rollout(model, batchOf(train, step, options), options.rolloutsPerPrompt, step, options);
    const sampling = clock();
    const graded = await grade(rollouts, reward);
    const grading = clock();
    const advantages = groupAdvantages(graded, options.rolloutsPerPrompt);
    updatePolicy(model, rollouts, advantages, options.learningRate * Math.min(1, step / warmUpSteps));
    const training = clock();
    const validation = evaluated ? await evaluate(model, valid, reward, options) : untrained;
    yield {
      step,
      totalSteps,
      trainRewardMean: mean(graded.map((one) => one.reward)),
      trainCriteria: meanCriteria(graded),
      validRewardMean: validation?.reward ?? null,
      validCriteria: validation?.criteria ?? null,
      completionTokensMean: mean(rollouts.map(({ completion }) => completion.tokens.length)),
      reasoningTokensMean: mean(rollouts.map(({ completion }) => countReasoningTokens(completion))),
      validReasoningTokensMean: validation?.reasoningTokens ?? null,
      evaluated,
      seconds: { sampling, grading, training, evaluation: before + clock() },
    };
  }
}

/** What the validation prompts earn on average, always drawn by the same random numbers. */
async function evaluate<T extends { prompt: string }>(
  model: Nano,
  valid: T[],
  reward: RewardFunction<T>,
  options: GrpoOptions,
): Promise<{ reward: number; criteria: Record<string, number>; reasoningTokens: number }> {
  const rollouts = rollout(model, valid, options.evalSamples, 0, options);
  const graded = await grade(rollouts, reward);
  return {
    reward: mean(graded.map((one) => one.reward)),
    criteria: meanCriteria(graded),
    reasoningTokens: mean(rollouts.map(({ completion }) => countReasoningTokens(completion))),
  };
}

/**
 * Each reward's distance from its group's mean, in the group's deviations; 0 throughout a group in which they
 * are equal.
 */
export function groupAdvantages(graded: Graded[], groupSize: number): number[] {
  return groupsOf(graded, groupSize).flatMap((group) => {
    const rewards = group.map((one) => one.reward);
    const average = mean(rewards);
    const deviation = Math.sqrt(mean(rewards.map((reward) => (reward - average) ** 2)));
    return rewards.map((reward) => (deviation < 1e-6 ? 0 : (reward - average) / (deviation + 1e-4)));
  });
}

/** The prompts of a step: the epoch's own shuffle, slice by slice. */
function batchOf<T>(train: T[], step: number, { promptsPerStep, seed }: GrpoOptions): T[] {
  const stepsPerEpoch = Math.ceil(train.length / promptsPerStep);
  const epoch = Math.floor((step - 1) / stepsPerEpoch);
  const start = ((step - 1) % stepsPerEpoch) * promptsPerStep;
  return shuffled(randomOf(seed, -1 - epoch), train).slice(start, start + promptsPerStep);
}

/** Every example answered `times` times at temperature 1, siblings side by side. */
function rollout<T extends { prompt: string }>(
  model: Nano,
  examples: T[],
  times: number,
  step: number,
  { maxTokens, seed }: GrpoOptions,
): Rollout<T>[] {
  const repeated = examples.flatMap((example) => Array.from({ length: times }, () => example));
  const prompts = repeated.map(({ prompt }) => prompt);
  const completions = sample(model, prompts, { temperature: 1, maxTokens, random: randomOf(seed, step) });
  return repeated.map((example, i) => ({ example, completion: completions[i] as Completion }));
}

async function grade<T>(rollouts: Rollout<T>[], reward: RewardFunction<T>): Promise<Graded[]> {
  return await reward(rollouts.map(({ example, completion }) => ({ example, text: completion.text })));
}

/**
 * One step of the optimiser towards the answers with positive advantages, away from the others; none if no
 * answer has any.
 */
function updatePolicy<T extends { prompt: string }>(
  model: Nano,
  rollouts: Rollout<T>[],
  advantages: number[],
  learningRate: number,
): void {
  const totalTokens = sum(rollouts.map(({ completion }) => completion.tokens.length));
  const sequences = rollouts
    .map(({ example, completion }, i) => {
      const prompt = promptTokens(model, example.prompt);
      return {
        start: prompt.length,
        tokens: [...prompt, ...completion.tokens],
        weight: (advantages[i] ?? 0) / totalTokens,
      };
    })
    .filter(({ weight }) => weight !== 0)
    .sort((a, b) => a.tokens.length - b.tokens.length);
  if (sequences.length === 0) return;
  for (const part of groupsOf(sequences, microBatchSize)) {
    const batch = toBatch(part);
    model.forward(batch);
    model.backward(batch.coefficients);
  }
  model.parameters.adamStep({ learningRate, secondDecay: 0.95, weightDecay: 0 });
}

/** The means over the batch, criterion by criterion. */
function meanCriteria(graded: Graded[]): Record<string, number> {
  const names = Object.keys(graded[0]?.criteria ?? {});
  return Object.fromEntries(names.map((name) => [name, mean(graded.map(({ criteria }) => criteria[name] ?? 0))]));
}

/** A generator of its own for each step; steps below 1 shuffle (negative) and validate (0). */
function randomOf(seed: number, step: number): () => number {
  return seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(step, 0x85ebca6b));
}

function groupsOf<T>(items: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** Seconds since it was last asked. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}
