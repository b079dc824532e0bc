/**
 * Pre-training: a fresh model imitates the careful teacher for most of the steps, then the careless one. What
 * it never sees is the held-out fifth of all problems. A run goes by steps and a seed, so that on one
 * platform it ends with the same weights, bit by bit.
 * @module
 */
import { mean, sum } from "../../util/numbers.js";
import { type Random, seededRandom, shuffled } from "../../util/random.js";
import { toBatch, type WeightedBatch } from "./batching.js";
import { type Evaluation, evaluateByFamily } from "./evaluation.js";
import { generateProblem, isHeldOut } from "./problems.js";
import { cleanAnswer, noiseMixture, noisyAnswer } from "./teacher.js";
import { encode, encodePrompt, endToken, numberToken, tokenNumbers, vocabularySize } from "./tokenizer.js";
import { Nano } from "./transformer.js";
import type { NanoConfig } from "./weights.js";

/** Which teacher is imitated: the careful or the careless one. */
type Phase = "clean" | "noisy";

/** What a run is asked for. */
interface PretrainingOptions {
  /** Batches to learn from. */
  steps: number;
  seed: number;
  /** Told about every milestone; the model may be saved here. */
  onMilestone?: (milestone: Milestone, model: Nano) => Promise<void>;
}

/** Where a run stands. */
interface Milestone {
  step: number;
  /** Wall-clock time so far, evaluation included. */
  minutes: number;
  phase: Phase;
  samples: number;
  /** Mean cross-entropy an answer token since the last milestone, in nats. */
  loss: number;
  /** On held-out problems, greedy. */
  greedy: Evaluation;
}

/** What a run reports: enough to say exactly what the base model was taught. */
export interface PretrainingReport {
  config: NanoConfig;
  parameters: number;
  seed: number;
  steps: number;
  minutes: number;
  samples: number;
  tokens: number;
  /** How many steps were given to clean answers, and the mixture of the rest. */
  cleanSteps: number;
  noiseMixture: typeof noiseMixture;
  milestones: Milestone[];
  /** The finished base model on held-out problems, at temperature 1 and greedy. */
  base: { sampled: Evaluation; greedy: Evaluation };
}

/** The shape of the model that ships: about 200,000 parameters. */
const nanoConfig: NanoConfig = { vocabulary: vocabularySize, width: 64, layers: 3, heads: 4, context: 128 };

/**
 * As long as the run that made the shipped weights, whose log says so in samples. That run went by the clock:
 * 28 minutes, the first 78 % of them clean, which were 65 % of its steps on the machine it had.
 */
export const defaultSteps = 10_992;
const cleanShare = 0.65;
const batchSize = 64;
const poolBatches = 24;
const peakLearningRate = 3e-3;
const milestoneSteps = 500;

/** Trains a fresh model, and reports. */
export async function pretrain(options: PretrainingOptions): Promise<{ model: Nano; report: PretrainingReport }> {
  const { steps, seed, onMilestone } = options;
  const random = seededRandom(seed);
  const model = freshNano(random);

  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 60_000;
  const milestones: Milestone[] = [];
  let losses: number[] = [];
  let [samples, tokens] = [0, 0];
  for (const { step, phase, loss, batch } of trainSteps(model, random, steps)) {
    losses.push(loss);
    samples += batch.size;
    tokens += batch.size * batch.length;
    if (step % milestoneSteps !== 0) continue;
    const greedy = evaluateByFamily(model, 0, 20);
    const milestone: Milestone = { step, minutes: elapsed(), phase, samples, loss: mean(losses), greedy };
    milestones.push(milestone);
    losses = [];
    await onMilestone?.(milestone, model);
  }
  const taught = { seed, steps, minutes: elapsed(), samples, tokens, cleanSteps: cleanStepsOf(steps), noiseMixture };
  const base = { sampled: evaluateByFamily(model, 1, 80), greedy: evaluateByFamily(model, 0, 80) };
  const report = { config: nanoConfig, parameters: model.parameterCount, ...taught, milestones, base };
  return { model, report };
}

/** A model that has learned nothing yet. */
export function freshNano(random: Random): Nano {
  const model = new Nano(nanoConfig);
  model.parameters.initialize(random);
  numberWaves(model);
  return model;
}

/** One step of pre-training. */
export interface Step {
  /** From 1 on. */
  step: number;
  phase: Phase;
  /** Mean cross-entropy an answer token of the batch, in nats, before the step. */
  loss: number;
  batch: WeightedBatch;
}

/** Trains `model` for `steps` steps and yields after each. What it learns depends on `random` alone. */
export function* trainSteps(model: Nano, random: Random, steps: number): Generator<Step> {
  let step = 0;
  for (const [phase, end] of [["clean", cleanStepsOf(steps)] as const, ["noisy", steps] as const]) {
    while (step < end) {
      for (const batch of answerBatches(random, phase, Math.min(poolBatches, end - step))) {
        const loss = imitate(model, batch);
        const rate = learningRate(++step, steps);
        model.parameters.adamStep({ learningRate: rate, secondDecay: 0.98, weightDecay: 0.01 });
        yield { step, phase, loss, batch };
      }
    }
  }
}

function cleanStepsOf(steps: number): number {
  return Math.round(cleanShare * steps);
}

/** A short warm-up, a linear fall over the clean phase, a second, lower fall over the noisy one. */
function learningRate(step: number, steps: number): number {
  const progress = step / steps;
  const warmUp = Math.min(1, step / 200);
  const clean = 1 - (0.9 * progress) / cleanShare;
  const noisy = 0.3 * Math.max(0.02, (1 - progress) / (1 - cleanShare));
  return peakLearningRate * warmUp * (progress < cleanShare ? clean : noisy);
}

/** The next batches, sorted by length within the pool so that little is padded. */
function answerBatches(random: Random, phase: Phase, count: number): WeightedBatch[] {
  const pool = Array.from({ length: count * batchSize }, () => {
    const { statement, answer } = trainingExample(random, phase);
    const prompt = encodePrompt(statement, nanoConfig.context / 2);
    const tokens = [...prompt, ...encode(answer), endToken].slice(0, nanoConfig.context);
    return { tokens, start: prompt.length };
  }).sort((a, b) => a.tokens.length - b.tokens.length);
  const batches = Array.from({ length: count }, (_, i) => {
    const examples = pool.slice(i * batchSize, (i + 1) * batchSize);
    const answerTokens = sum(examples.map(({ tokens, start }) => tokens.length - start));
    return toBatch(examples.map((example) => ({ ...example, weight: 1 / answerTokens })));
  });
  return shuffled(random, batches);
}

/** One example of what the teacher shows in a phase, never of a held-out problem. */
export function trainingExample(random: Random, phase: Phase): { statement: string; answer: string } {
  for (;;) {
    const problem = generateProblem(random);
    if (isHeldOut(problem.statement)) continue;
    const answer = phase === "clean" ? cleanAnswer(problem) : noisyAnswer(problem, random);
    return { statement: problem.statement, answer };
  }
}

/** Adds the gradient of the batch's mean cross-entropy, and returns that. */
function imitate(model: Nano, batch: WeightedBatch): number {
  const logProbabilities = model.forward(batch);
  model.backward(batch.coefficients);
  return -logProbabilities.reduce((total, value, i) => total + value * (batch.coefficients[i] ?? 0), 0);
}

/**
 * Starts the number tokens as waves of eight lengths, so that near numbers look alike and sums are rotations.
 */
function numberWaves(model: Nano): void {
  const embedding = model.parameters.weightsOf(model.parameters.embedding);
  const head = model.parameters.weightsOf(model.parameters.head);
  const { width, vocabulary } = model.config;
  for (const number of tokenNumbers) {
    const token = numberToken(number);
    [2, 5, 10, 20, 50, 100, 200, 400].forEach((length, wave) => {
      const angle = (2 * Math.PI * number) / length;
      [Math.cos(angle), Math.sin(angle)].forEach((value, part) => {
        const dimension = 2 * wave + part;
        embedding[token * width + dimension] = value;
        head[dimension * vocabulary + token] = 0.1 * value;
      });
    });
  }
}
