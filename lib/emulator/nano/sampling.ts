/**
 * Answering prompts: all of them decoded in lock-step, one position at a time, the finished ones leaving the
 * batch.
 * @module
 */
import type { Random } from "../../util/random.js";
import { startDecoding } from "./decoding.js";
import { countTokens, decode, encodePrompt, endToken } from "./tokenizer.js";
import type { Nano } from "./transformer.js";

/** One sampled answer. */
export interface Completion {
  text: string;
  /** Its tokens; the last one is the end token if `finishReason` is "stop". */
  tokens: number[];
  /** "length" if the answer was cut off, by `maxTokens` or by the model's context. */
  finishReason: "stop" | "length";
  /**
   * The natural log-probability of each token under the distribution it was drawn from; for greedy answers,
   * under temperature 1.
   */
  logProbabilities: number[];
}

/** The tokens of an answer that stand before its last box: its reasoning. Without a box they are all of them. */
export function countReasoningTokens({ text, tokens }: Completion): number {
  const box = text.lastIndexOf("\\boxed");
  return box < 0 ? tokens.length : countTokens(text.slice(0, box));
}

/** How to draw tokens. */
interface SamplingOptions {
  /** 1 draws from the model's own distribution, less sharpens it, 0 takes the likeliest token. */
  temperature: number;
  /** The longest answer. */
  maxTokens: number;
  /**
   * One generator for all prompts, or one for each, so that an answer does not depend on what else is in the
   * batch.
   */
  random: Random | readonly Random[];
}

/** How many sequences decode together at most: enough to be fast, little enough for 60 MB of cache. */
const batchSize = 256;

/**
 * One completion for each prompt, in order. A prompt too long for the context keeps its end, and room for
 * half an answer.
 */
export function sample(model: Nano, prompts: string[], options: SamplingOptions): Completion[] {
  const { random } = options;
  const completions: Completion[] = [];
  for (let start = 0; start < prompts.length; start += batchSize) {
    const randoms = typeof random === "function" ? random : random.slice(start, start + batchSize);
    completions.push(...sampleBatch(model, prompts.slice(start, start + batchSize), { ...options, random: randoms }));
  }
  return completions;
}

/** The tokens that open a conversation for the model to answer, cut to fit into its context. */
export function promptTokens(model: Nano, prompt: string): number[] {
  return encodePrompt(prompt, model.config.context / 2);
}

interface Sequence {
  slot: number;
  input: number[];
  completion: Completion;
}

function sampleBatch(
  model: Nano,
  prompts: string[],
  { temperature, maxTokens, random }: SamplingOptions,
): Completion[] {
  const { vocabulary, context } = model.config;
  const randomOf = (slot: number): Random => (typeof random === "function" ? random : (random[slot] as Random));
  const sequences = prompts.map(
    (prompt, slot): Sequence => ({
      slot,
      input: promptTokens(model, prompt),
      completion: { text: "", tokens: [], finishReason: "length", logProbabilities: [] },
    }),
  );
  const shortest = Math.min(...sequences.map(({ input }) => input.length));
  const advance = startDecoding(model, sequences.length);
  let running = maxTokens > 0 ? sequences : [];

  for (let position = 0; position < context && running.length > 0; position++) {
    const slots = running.map(({ slot }) => slot);
    const tokens = running.map((sequence) => tokenAt(sequence, position));
    const isNeeded = position + 1 >= shortest;
    const probabilities = advance(slots, tokens, isNeeded ? temperature || 1 : undefined);
    if (!probabilities) continue;
    running = running.filter(({ slot, input, completion }, row) => {
      if (position + 1 < input.length) return true;
      const distribution = probabilities.subarray(row * vocabulary, (row + 1) * vocabulary);
      const token = temperature === 0 ? likeliest(distribution) : draw(distribution, randomOf(slot)());
      completion.tokens.push(token);
      completion.logProbabilities.push(Math.log(distribution[token] as number));
      if (token === endToken) completion.finishReason = "stop";
      return token !== endToken && completion.tokens.length < maxTokens;
    });
  }
  return sequences.map(({ completion }) => ({ ...completion, text: decode(completion.tokens) }));
}

function tokenAt({ input, completion }: Sequence, position: number): number {
  return (position < input.length ? input[position] : completion.tokens[position - input.length]) as number;
}

function likeliest(distribution: Float32Array): number {
  return distribution.indexOf(Math.max(...distribution));
}

/**
 * The token at which the cumulated probability passes `threshold`; if rounding leaves none, the last possible
 * one.
 */
function draw(distribution: Float32Array, threshold: number): number {
  let last = 0;
  let remaining = threshold;
  for (let token = 0; token < distribution.length; token++) {
    const p = distribution[token] as number;
    if (p === 0) continue;
    last = token;
    remaining -= p;
    if (remaining < 0) break;
  }
  return last;
}
