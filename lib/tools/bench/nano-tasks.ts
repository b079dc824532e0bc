/**
 * The tiny model at work: answering prompts, learning from answers, and a whole training run.
 * @module
 */

import { toBatch, type WeightedSequence } from "../../emulator/nano/batching.js";
import { heldOutProblems, isRight } from "../../emulator/nano/evaluation.js";
import { type StepReport, trainGrpo } from "../../emulator/nano/grpo.js";
import { families, type Problem } from "../../emulator/nano/problems.js";
import { promptTokens, sample } from "../../emulator/nano/sampling.js";
import { loadNano, type Nano } from "../../emulator/nano/transformer.js";
import type { Workspace } from "../../emulator/nano/workspace.js";
import { seededRandom } from "../../util/random.js";
import { median } from "./median.js";
import { peakRate } from "./peak-rate.js";

/** One round; the rates of matrix products and of the peak are in float32 operations a second, measured right after each other. */
export interface NanoRound {
  /** Drawn tokens a second. */
  samplingTokens: number;
  /** Tokens of prompts and answers a second, forward, backward and through the optimiser. */
  trainingTokens: number;
  samplingProducts: number;
  trainingProducts: number;
  peak: number;
}

/** The batch of one training step of a job: 16 prompts, each answered 8 times. */
const promptsPerStep = 16;
const rolloutsPerPrompt = 8;
const microBatchSize = 32;
const maxTokens = 96;

/** As many rounds as asked for, after one that only warms the code up. */
export async function nanoRounds({ rounds }: { rounds: number }): Promise<NanoRound[]> {
  const model = loadNano();
  const products = clockProducts(model.workspace);
  const prompts = problemsFor(promptsPerStep, 1).flatMap(({ statement }) => Array(rolloutsPerPrompt).fill(statement));
  const round = (_: unknown, index: number): NanoRound => {
    const peak = peakRate();
    products.restart();
    const [completions, samplingSeconds] = timed(() =>
      sample(model, prompts, { temperature: 1, maxTokens, random: seededRandom(index) }),
    );
    const samplingProducts = products.rate();
    const sequences = completions.map(({ tokens }, i): WeightedSequence => {
      const prompt = promptTokens(model, prompts[i] as string);
      return { start: prompt.length, tokens: [...prompt, ...tokens], weight: i % 2 === 0 ? 1e-3 : -1e-3 };
    });
    products.restart();
    const [, trainingSeconds] = timed(() => learn(model, sequences));
    return {
      samplingTokens: sum(completions.map(({ tokens }) => tokens.length)) / samplingSeconds,
      trainingTokens: sum(sequences.map(({ tokens }) => tokens.length)) / trainingSeconds,
      samplingProducts,
      trainingProducts: products.rate(),
      peak,
    };
  };
  return Array.from({ length: rounds + 1 }, round).slice(1);
}

/** Trains the shipped model for some steps, as a job does but with an exact-match reward. Resolves to the seconds of a step. */
export async function nanoTraining({ steps }: { steps: number }): Promise<number> {
  const train = problemsFor(steps * promptsPerStep, 2).map((problem) => ({ ...problem, prompt: problem.statement }));
  const options = {
    ...{ promptsPerStep, rolloutsPerPrompt, epochs: 1, learningRate: 5e-4, evalInterval: steps, evalSamples: 1 },
    ...{ maxTokens, seed: 1 },
  };
  const reward = async (rollouts: { example: Problem; text: string }[]) =>
    rollouts.map(({ example, text }) => ({ reward: Number(isRight(text, example)), criteria: {} }));
  const start = performance.now();
  const reports: StepReport[] = [];
  for await (const report of trainGrpo(loadNano(), train, [], reward, options)) reports.push(report);
  return (performance.now() - start) / 1000 / reports.length;
}

/** One step of the optimiser, of no length so that every round does the same. */
function learn(model: Nano, sequences: WeightedSequence[]): void {
  const sorted = sequences.toSorted((a, b) => a.tokens.length - b.tokens.length);
  for (let start = 0; start < sorted.length; start += microBatchSize) {
    const batch = toBatch(sorted.slice(start, start + microBatchSize));
    model.forward(batch);
    model.backward(batch.coefficients);
  }
  model.parameters.adamStep({ learningRate: 0, secondDecay: 0.95, weightDecay: 0 });
}

/**
 * Puts a clock around the kernel of matrix products in `workspace`. Those inside the attention kernel are not seen. Each product
 * counts with the median time of all of its shape, so that a call which the system interrupted does not weigh.
 */
function clockProducts(workspace: Workspace): { restart(): void; rate(): number } {
  const millisecondsByShape = new Map<string, number[]>();
  let operations = 0;
  const { multiply } = workspace.kernels;
  const clocked = (...operands: number[]): number => {
    const [rows, columns, inner] = operands as [number, number, number];
    const start = performance.now();
    const nothing = multiply(...operands);
    const milliseconds = performance.now() - start;
    const shape = `${rows} ${columns} ${inner}`;
    millisecondsByShape.set(shape, [...(millisecondsByShape.get(shape) ?? []), milliseconds]);
    operations += 2 * rows * columns * inner;
    return nothing;
  };
  Object.defineProperty(workspace, "kernels", { value: { ...workspace.kernels, multiply: clocked } });
  return {
    restart: () => {
      operations = 0;
      millisecondsByShape.clear();
    },
    rate: () => operations / (sum([...millisecondsByShape.values()].map((all) => all.length * median(all))) / 1000),
  };
}

/** Distinct problems, the families in turn. */
function problemsFor(count: number, seed: number): Problem[] {
  const perFamily = Math.ceil(count / families.length);
  const problems = heldOutProblems(perFamily, seed);
  return Array.from({ length: count }, (_, i) => {
    const place = (i % families.length) * perFamily + Math.floor(i / families.length);
    return problems[place] as Problem;
  });
}

function timed<T>(work: () => T): [result: T, seconds: number] {
  const start = performance.now();
  const result = work();
  return [result, (performance.now() - start) / 1000];
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
