/**
 * Pre-training: a fresh model imitates the careful teacher for most of the time, then the careless one. What it never sees is the
 * held-out fifth of all problems.
 * @module
 */
import { type Random, seededRandom, shuffled } from "../random.js";
import { toBatch, type WeightedBatch } from "./batching.js";
import { type Evaluation, evaluateByFamily } from "./evaluation.js";
import { generateProblem, isHeldOut } from "./problems.js";
import { cleanAnswer, noiseMixture, noisyAnswer } from "./teacher.js";
import { encode, encodePrompt, endToken, numberToken, tokenNumbers, vocabularySize } from "./tokenizer.js";
import { Nano } from "./transformer.js";
import type { NanoConfig } from "./weights.js";

/** What a run is asked for. */
export interface PretrainingOptions {
  /** Wall-clock time of the whole run, evaluation included. */
  minutes: number;
  seed: number;
  /** Told about every milestone; the model may be saved here. */
  onMilestone?: (milestone: Milestone, model: Nano) => Promise<void>;
}

/** Where a run stands. */
export interface Milestone {
  minutes: number;
  phase: "clean" | "noisy";
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
  minutes: number;
  samples: number;
  tokens: number;
  /** The share of the time given to clean answers, and the mixture of the rest. */
  cleanShare: number;
  noiseMixture: typeof noiseMixture;
  milestones: Milestone[];
  /** The finished base model on held-out problems, at temperature 1 and greedy. */
  base: { sampled: Evaluation; greedy: Evaluation };
}

/** The shape of the model that ships: about 200,000 parameters. */
const nanoConfig: NanoConfig = { vocabulary: vocabularySize, width: 64, layers: 3, heads: 4, context: 128 };

const cleanShare = 0.78;
const batchSize = 64;
const poolBatches = 24;
const peakLearningRate = 3e-3;
const milestoneMinutes = 2;

/** Trains a fresh model for the given time, and reports. */
export async function pretrain(options: PretrainingOptions): Promise<{ model: Nano; report: PretrainingReport }> {
  const { minutes, seed, onMilestone } = options;
  const random = seededRandom(seed);
  const model = new Nano(nanoConfig);
  model.parameters.initialize(random);
  numberWaves(model);

  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 60_000;
  const milestones: Milestone[] = [];
  let losses: number[] = [];
  let [step, samples, tokens] = [0, 0, 0];
  while (elapsed() < minutes) {
    const phase = elapsed() / minutes < cleanShare ? "clean" : "noisy";
    for (const batch of answerBatches(random, phase)) {
      losses.push(imitate(model, batch));
      step++;
      const rate = learningRate(step, elapsed() / minutes);
      model.parameters.adamStep({ learningRate: rate, secondDecay: 0.98, weightDecay: 0.01 });
      samples += batch.size;
      tokens += batch.size * batch.length;
    }
    if (elapsed() >= (milestones.length + 1) * milestoneMinutes) {
      const greedy = evaluateByFamily(model, 0, 20);
      const milestone: Milestone = { minutes: elapsed(), phase, samples, loss: mean(losses), greedy };
      milestones.push(milestone);
      losses = [];
      await onMilestone?.(milestone, model);
    }
  }
  const base = { sampled: evaluateByFamily(model, 1, 80), greedy: evaluateByFamily(model, 0, 80) };
  const taught = { samples, tokens, cleanShare, noiseMixture, milestones, base };
  return { model, report: { config: nanoConfig, parameters: model.parameterCount, seed, minutes, ...taught } };
}

/** A short warm-up, a linear fall over the clean phase, a second, lower fall over the noisy one. */
function learningRate(step: number, progress: number): number {
  const warmUp = Math.min(1, step / 200);
  const clean = 1 - (0.9 * progress) / cleanShare;
  const noisy = 0.3 * Math.max(0.02, (1 - progress) / (1 - cleanShare));
  return peakLearningRate * warmUp * (progress < cleanShare ? clean : noisy);
}

/** The next batches, sorted by length within the pool so that little is padded. */
function answerBatches(random: Random, phase: Milestone["phase"]): WeightedBatch[] {
  const pool = Array.from({ length: poolBatches * batchSize }, () => {
    const { statement, answer } = trainingExample(random, phase);
    const prompt = encodePrompt(statement, nanoConfig.context / 2);
    const tokens = [...prompt, ...encode(answer), endToken].slice(0, nanoConfig.context);
    return { tokens, start: prompt.length };
  }).sort((a, b) => a.tokens.length - b.tokens.length);
  const batches = Array.from({ length: poolBatches }, (_, i) => {
    const examples = pool.slice(i * batchSize, (i + 1) * batchSize);
    const answerTokens = examples.reduce((sum, { tokens, start }) => sum + tokens.length - start, 0);
    return toBatch(examples.map((example) => ({ ...example, weight: 1 / answerTokens })));
  });
  return shuffled(random, batches);
}

/** One example of what the teacher shows in a phase, never of a held-out problem. */
export function trainingExample(random: Random, phase: Milestone["phase"]): { statement: string; answer: string } {
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
  return -logProbabilities.reduce((sum, value, i) => sum + value * (batch.coefficients[i] as number), 0);
}

/** Starts the number tokens as waves of eight lengths, so that near numbers look alike and sums are rotations. */
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

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
