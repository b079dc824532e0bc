/**
 * The length of text in tokens.
 * @module
 */
import type { Message } from "../service/training-file.js";

/** Counts the tokens of a prompt's texts, without the few that the service adds around each message. */
export type PromptTokenCount = (messages: readonly Message[]) => number;

/**
 * Loads the encoding o200k_base, which the o-series and gpt-5 share. Its table takes 70 MB, so it is loaded only where it is used.
 * Marks such as `<|endoftext|>` count as the plain text they are in a problem.
 */
export async function loadPromptTokenCount(): Promise<PromptTokenCount> {
  const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
  const options = { disallowedSpecial: new Set<string>() };
  return (messages) =>
    messages
      .filter(({ role }) => role !== "assistant")
      .reduce((sum, { content }) => sum + countTokens(content, options), 0);
}
