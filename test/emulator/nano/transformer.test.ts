/** @module The transformer: its gradient, its decoding, its files. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Batch } from "../../../dist/emulator/nano/batching.js";
import { promptTokens, sample } from "../../../dist/emulator/nano/sampling.js";
import { vocabularySize } from "../../../dist/emulator/nano/tokenizer.js";
import { loadNano, Nano } from "../../../dist/emulator/nano/transformer.js";
import { integerBetween, seededRandom } from "../../../dist/util/random.js";

const folder = mkdtempSync(join(tmpdir(), "nano-"));
afterAll(() => rmSync(folder, { recursive: true }));

const tiny = { vocabulary: 16, width: 16, layers: 2, heads: 2, context: 16 };
const talking = { vocabulary: vocabularySize, width: 16, layers: 2, heads: 2, context: 64 };

/** A model whose every weight matters. */
function randomModel(config: Nano["config"], seed = 1): Nano {
  const random = seededRandom(seed);
  const model = new Nano(config);
  model.parameters.initialize(random);
  model.weights.forEach((weight, i, weights) => {
    weights[i] = weight + 0.3 * (random() - 0.5);
  });
  return model;
}

function randomBatch(size: number, length: number, vocabulary: number): Batch {
  const random = seededRandom(2);
  const draw = () => Int32Array.from({ length: size * length }, () => integerBetween(random, 0, vocabulary - 1));
  return { size, length, tokens: draw(), targets: draw() };
}

describe("the gradient", () => {
  test("agrees with finite differences in every part of the model", () => {
    const model = randomModel(tiny);
    const batch = randomBatch(2, 16, tiny.vocabulary);
    const random = seededRandom(3);
    const coefficients = Float32Array.from(batch.tokens, () => random() - 0.3);
    const loss = () => -model.forward(batch).reduce((sum, value, i) => sum + value * (coefficients[i] as number), 0);
    loss();
    model.backward(coefficients);
    const gradients = model.parameters.gradients.slice();

    for (let i = 0; i < model.parameterCount; i += 17) {
      const weight = model.weights[i] as number;
      const h = 1e-2;
      model.weights[i] = weight + h;
      const above = loss();
      model.weights[i] = weight - h;
      const below = loss();
      model.weights[i] = weight;
      expect(Math.abs((above - below) / (2 * h) - (gradients[i] as number)), `weight ${i}`).toBeLessThan(0.02);
    }
    expect(Math.max(...gradients.map(Math.abs))).toBeGreaterThan(0.5);
  });

  test("adds up over several batches until a step is taken", () => {
    const model = randomModel(tiny);
    const batch = randomBatch(2, 8, tiny.vocabulary);
    const ones = new Float32Array(16).fill(1);
    const once = accumulate(1);
    const twice = accumulate(2);
    expect(Math.max(...once.map((value, i) => Math.abs((twice[i] as number) / 2 - value)))).toBeLessThan(1e-5);
    model.parameters.adamStep({ learningRate: 1e-3, secondDecay: 0.95, weightDecay: 0 });
    expect(model.parameters.gradients.every((value) => value === 0)).toBe(true);

    function accumulate(times: number): Float32Array {
      model.parameters.gradients.fill(0);
      for (let i = 0; i < times; i++) {
        model.forward(batch);
        model.backward(ones);
      }
      return model.parameters.gradients.slice();
    }
  });

  test("needs a forward pass of its own", () => {
    expect(() => randomModel(tiny).backward(new Float32Array(16))).toThrow("forward pass");
  });

  test("lowers the loss when followed", () => {
    const model = randomModel(tiny);
    const batch = randomBatch(4, 8, tiny.vocabulary);
    const loss = () => -model.forward(batch).reduce((sum, value) => sum + value, 0) / 32;
    const before = loss();
    for (let i = 0; i < 100; i++) {
      model.forward(batch);
      model.backward(new Float32Array(32).fill(1 / 32));
      model.parameters.adamStep({ learningRate: 1e-2, secondDecay: 0.95, weightDecay: 0 });
    }
    expect(loss()).toBeLessThan(before / 2);
  });
});

describe("decoding", () => {
  const prompts = [
    "What is $2 \\times 3 + 4$?",
    "Compute $\\gcd(12, 8)$.",
    "Hello",
    "A longer prompt, spelled out letter by letter.",
  ];

  test("assigns each token the probability that the whole forward pass assigns it", () => {
    const model = randomModel(talking);
    const completions = sample(model, prompts, { temperature: 1, maxTokens: 12, random: seededRandom(4) });
    completions.forEach(({ tokens, logProbabilities }, i) => {
      const prompt = promptTokens(model, prompts[i] as string);
      const sequence = [...prompt, ...tokens];
      const padded = new Int32Array(64);
      const targets = new Int32Array(64);
      padded.set(sequence.slice(0, -1));
      targets.set(sequence.slice(1));
      const forward = model.forward({ size: 1, length: 64, tokens: padded, targets });
      tokens.forEach((_, t) => {
        expect(logProbabilities[t]).toBeCloseTo(forward[prompt.length - 1 + t] as number, 3);
      });
    });
  });

  test("gives a greedy answer that depends neither on the seed nor on its neighbours", () => {
    const model = randomModel(talking);
    const together = sample(model, prompts, { temperature: 0, maxTokens: 12, random: seededRandom(1) });
    const alone = prompts.flatMap((prompt) =>
      sample(model, [prompt], { temperature: 0, maxTokens: 12, random: seededRandom(2) }),
    );
    expect(together.map(({ tokens }) => tokens)).toEqual(alone.map(({ tokens }) => tokens));
  });

  test("draws the same answers for the same seed, others for another", () => {
    const model = randomModel(talking);
    const draw = (seed: number) =>
      sample(model, prompts, { temperature: 1, maxTokens: 12, random: seededRandom(seed) });
    expect(draw(5)).toEqual(draw(5));
    expect(draw(6)).not.toEqual(draw(5));
  });

  test("draws in proportion to the probabilities", () => {
    const model = randomModel(talking, 8);
    const head = model.parameters.weightsOf(model.parameters.head);
    head.set(head.map((weight) => 5 * weight));
    const [greedy] = sample(model, ["Hello"], { temperature: 0, maxTokens: 1, random: seededRandom(1) });
    const likeliest = greedy?.tokens[0] as number;
    const p = Math.exp(greedy?.logProbabilities[0] as number);
    const drawn = sample(model, Array(2000).fill("Hello"), { temperature: 1, maxTokens: 1, random: seededRandom(1) });
    const share = drawn.filter(({ tokens }) => tokens[0] === likeliest).length / drawn.length;
    expect(p).toBeGreaterThan(0.1);
    expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 2000));
  });

  test("takes prompts of any length and script, and stops at the end of its context", () => {
    const model = randomModel(talking);
    const long = "Bestimme alle größten Zahlen ≤ 10 🙂 ".repeat(200);
    const completions = sample(model, ["", long], { temperature: 1, maxTokens: 1000, random: seededRandom(9) });
    for (const { tokens, finishReason } of completions) {
      expect(tokens.length).toBeGreaterThan(0);
      expect(tokens.length).toBeLessThanOrEqual(64);
      expect(finishReason).toBe(tokens.at(-1) === 3 ? "stop" : "length");
    }
  });
});

describe("a model file", () => {
  test("brings back the weights to half precision", async () => {
    const model = randomModel(talking);
    model.weights.set([0, -0.0, 1, -65504, 1e9, 1e-7, 3e-6, -1e-4, 0.1], 0);
    await model.save(join(folder, "model.bin"));
    const copy = loadNano(join(folder, "model.bin"));
    expect(copy.config).toEqual(talking);
    const wrong = copy.weights.filter((value, i) => {
      const original = Math.max(-65504, Math.min(65504, model.weights[i] as number));
      return Math.abs(value - original) > Math.max(2 ** -25, Math.abs(original) * 2 ** -11);
    });
    expect(wrong).toEqual(new Float32Array());
  });

  test("is refused with a message that names it where it is cut off or missing", async () => {
    const file = join(folder, "whole.bin");
    await randomModel(tiny).save(file);
    const cut = join(folder, "cut.bin");
    writeFileSync(cut, readFileSync(file).subarray(0, -10));
    expect(() => loadNano(cut)).toThrow(/cut\.bin .*npm run pretrain/s);
    expect(() => loadNano(join(folder, "none.bin"))).toThrow(/none\.bin/);
  });
});

describe("a clone", () => {
  test("computes the same and is trained apart", () => {
    const model = randomModel(tiny);
    const before = model.weights.slice();
    const copy = model.clone();
    const batch = randomBatch(1, 8, tiny.vocabulary);
    expect(copy.forward(batch)).toEqual(model.forward(batch));
    copy.backward(new Float32Array(8).fill(1));
    copy.parameters.adamStep({ learningRate: 0.1, secondDecay: 0.95, weightDecay: 0 });
    expect(model.weights).toEqual(before);
    expect(copy.weights).not.toEqual(before);
  });
});
