/**
 * The tiny model at work: answering prompts, learning from answers, and a whole training run; and the most
 * that this machine can do, to compare with.
 * @module
 */
import { toBatch, type WeightedSequence } from "../../emulator/nano/batching.js";
import { heldOutProblems, isRight } from "../../emulator/nano/evaluation.js";
import { type StepReport, trainGrpo } from "../../emulator/nano/grpo.js";
import { families, type Problem } from "../../emulator/nano/problems.js";
import { promptTokens, sample } from "../../emulator/nano/sampling.js";
import { loadNano, type Nano } from "../../emulator/nano/transformer.js";
import type { Workspace } from "../../emulator/nano/workspace.js";
import { median, sum } from "../../util/numbers.js";
import { seededRandom } from "../../util/random.js";

/**
 * One round; the rates of matrix products and of the peak are in float32 operations a second, measured right
 * after each other.
 */
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
      const prompt = promptTokens(model, prompts[i] ?? "");
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

/**
 * Trains the shipped model for some steps, as a job does but with an exact-match reward. Resolves to the
 * seconds of a step.
 */
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
 * Puts a clock around the kernel of matrix products in `workspace`. Those inside the attention kernel are not
 * seen. Each product counts with the median time of all of its shape, so that a call which the system
 * interrupted does not weigh.
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

declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: { run(rounds: number, a: number, b: number): number } };
};

const chains = 12;
const unrolled = 8;
/** Chains, each unrolled, four lanes, a product and a sum. */
const operationsPerRound = chains * unrolled * 4 * 2;

/** A fifth of a millisecond, so that many runs are not interrupted. */
const peakRounds = 10_000;

let run: ((rounds: number, a: number, b: number) => number) | undefined;

/**
 * The most float32 operations a second that WebAssembly reaches on one core of this machine: the median of
 * many short runs, a tenth of a second in all.
 *
 * The code that is measured touches no memory: twelve vectors of four numbers stay in registers, and each
 * becomes `v * a + b` over and over. Twelve chains that do not depend on each other keep both arithmetic
 * units of a core busy, so nothing written for 128-bit SIMD can do more. (Native code may: AVX2 has vectors
 * twice as wide and multiplies and adds in one operation.)
 */
export function peakRate(): number {
  run ??= new WebAssembly.Instance(new WebAssembly.Module(moduleBytes())).exports.run;
  const milliseconds: number[] = [];
  const start = performance.now();
  for (let now = start; now - start < 100; ) {
    run(peakRounds, 0.5, 1);
    const end = performance.now();
    milliseconds.push(end - now);
    now = end;
  }
  return (peakRounds * operationsPerRound) / (median(milliseconds) / 1000);
}

/** The instructions and types that occur; see the WebAssembly specification, section 5 (binary format). */
const op = {
  loop: [0x03, 0x40],
  branchIf: (depth: number) => [0x0d, depth],
  end: [0x0b],
  get: (local: number) => [0x20, local],
  set: (local: number) => [0x21, local],
  tee: (local: number) => [0x22, local],
  one: [0x41, 1],
  subtract: [0x6b],
  splat: [0xfd, 0x13],
  lane0: [0xfd, 0x1f, 0],
  add: [0xfd, 0xe4, 0x01],
  multiply: [0xfd, 0xe6, 0x01],
};
const [i32, f32, v128] = [0x7f, 0x7d, 0x7b];

/** A module that exports run(rounds: i32, a: f32, b: f32) -> f32. */
function moduleBytes(): Uint8Array {
  const [roundsLeft, a, b, wideA, wideB, first] = [0, 1, 2, 3, 4, 5];
  const accumulators = Array.from({ length: chains }, (_, i) => first + i);
  const update = (v: number): number[] =>
    [op.get(v), op.get(wideA), op.multiply, op.get(wideB), op.add, op.set(v)].flat();
  const body = [
    [1, 2 + chains, v128],
    [op.get(a), op.splat, op.set(wideA), op.get(b), op.splat, op.set(wideB)].flat(),
    op.loop,
    Array.from({ length: unrolled }, () => accumulators.flatMap(update)).flat(),
    [op.get(roundsLeft), op.one, op.subtract, op.tee(roundsLeft), op.branchIf(0), op.end].flat(),
    op.get(first),
    accumulators.slice(1).flatMap((v) => [...op.get(v), ...op.add]),
    [op.lane0, op.end].flat(),
  ].flat();
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 3, i32, f32, f32, 1, f32]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, ...Buffer.from("run"), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

function section(id: number, content: number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >> 7)];
}
