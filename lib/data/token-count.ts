/**
 * The length of prompts in tokens.
 * @module
 */
import { type DataFormat, trainingLine } from "./training-lines.js";

/** Counts the tokens of a problem's prompt, instruction included, without the few that the service adds around each message. */
export type PromptTokenCount = (problem: string) => number;

/** Words whose tokens are remembered; without a limit of its own, the tokenizer's memory would grow with the dataset. */
const rememberedPieces = 20_000;

/**
 * Loads the encoding o200k_base, which the o-series and gpt-5 share. Its table takes 70 MB, so it is loaded only where it is used.
 * Marks such as `<|endoftext|>` count as the plain text they are in a problem.
 */
export async function loadPromptTokenCount(format: DataFormat): Promise<PromptTokenCount> {
  const { countTokens, setMergeCacheSize } = await import("gpt-tokenizer/encoding/o200k_base");
  setMergeCacheSize(rememberedPieces);
  const options = { disallowedSpecial: new Set<string>() };
  const empty = { uuid: "", problem: "", answer: "", problemType: "", source: "", trace: null };
  const [instruction] = trainingLine(empty, format).messages;
  const instructionTokens = countTokens(instruction?.content ?? "", options);
  return (problem) => instructionTokens + countTokens(problem, options);
}

/** Lengths of the prompts kept, in tokens: half of them have at most `p50`, 95 of 100 at most `p95`. All 0 where there are none. */
export interface TokenSummary {
  p50: number;
  p95: number;
  max: number;
}

/** Summarises lengths, given as how many prompts have each. */
export function summariseTokens(promptsByLength: ReadonlyMap<number, number>): TokenSummary {
  const sorted = [...promptsByLength].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, prompts]) => sum + prompts, 0);
  const percentile = (share: number): number => {
    let reached = 0;
    for (const [length, prompts] of sorted) {
      reached += prompts;
      if (reached >= share * total) return length;
    }
    return 0;
  };
  return { p50: percentile(0.5), p95: percentile(0.95), max: percentile(1) };
}
