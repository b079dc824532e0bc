/**
 * One question to one deployment.
 * @module
 */
import type { ChatCompletion, ChatCompletionMessageParam } from "openai/resources/chat/completions";
import type { Connection } from "../connect.js";
import { UserError } from "../errors.js";
import type { Message } from "../service/training-file.js";

/** A question in the parameters that reasoning models take: they refuse `max_tokens` and any temperature but 1. */
export interface Question {
  deployment: string;
  messages: Message[];
  /** Reasoning and answer together; 16,384 if left out. */
  maxCompletionTokens?: number;
  reasoningEffort?: "low" | "medium" | "high";
  /** Always the likeliest next token, in place of drawing at temperature 1. Only the local stand-in knows it. */
  greedy?: boolean;
  signal?: AbortSignal;
}

/** The answer. Tokens as the service counts them; `seconds` includes the waiting for retries. */
export interface Reply {
  text: string;
  /** `stop`, `length` where the answer was cut off, or `content_filter`. */
  finishReason: string;
  promptTokens: number;
  completionTokens: number;
  /** The part of `completionTokens` that the service does not show. */
  reasoningTokens: number;
  seconds: number;
}

/** What asking needs of a connection. */
export type Asking = Pick<Connection, "openai">;

/** Default limit of an answer, the value of the service's own cookbooks. */
const defaultCompletionTokens = 16_384;

const decodingHeader = "x-nano-decoding";

/** A small deployment answers 429 for a minute at a time; the SDK waits as long as the service asks, this often. */
const maxRetries = 8;

/**
 * Asks `deployment` once. An answer withheld by the service's content filter is an empty text with that finish reason.
 * Throws a `UserError` where greedy decoding is asked of a service without it, and the SDK's `APIError` for all else.
 */
export async function askDeployment({ openai }: Asking, question: Question): Promise<Reply> {
  const start = performance.now();
  const headers = question.greedy ? { [decodingHeader]: "greedy" } : {};
  const secondsSince = (): number => (performance.now() - start) / 1000;
  try {
    const { data, response } = await openai.chat.completions
      .create(
        {
          model: question.deployment,
          messages: question.messages as ChatCompletionMessageParam[],
          max_completion_tokens: question.maxCompletionTokens ?? defaultCompletionTokens,
          reasoning_effort: question.reasoningEffort,
        },
        { headers, signal: question.signal, maxRetries },
      )
      .withResponse();
    if (question.greedy && response.headers.get(decodingHeader) !== "greedy") throw new UserError(noGreedyDecoding);
    return { ...replyOf(data), seconds: secondsSince() };
  } catch (error) {
    if (isWithheld(error)) return { ...withheldReply, seconds: secondsSince() };
    throw error;
  }
}

const noGreedyDecoding =
  "This service has no greedy decoding: reasoning models draw at temperature 1. Evaluate without `greedy`, with more samples a problem.";

const withheldReply = {
  text: "",
  finishReason: "content_filter",
  promptTokens: 0,
  completionTokens: 0,
  reasoningTokens: 0,
};

function isWithheld(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "content_filter";
}

function replyOf({ choices, usage }: ChatCompletion): Omit<Reply, "seconds"> {
  return {
    text: choices[0]?.message.content ?? "",
    finishReason: choices[0]?.finish_reason ?? "stop",
    promptTokens: usage?.prompt_tokens ?? 0,
    completionTokens: usage?.completion_tokens ?? 0,
    reasoningTokens: usage?.completion_tokens_details?.reasoning_tokens ?? 0,
  };
}
