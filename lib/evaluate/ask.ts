/**
 * One question to one deployment.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ChatCompletion, ChatCompletionMessageParam } from "openai/resources/chat/completions";
import type { Connection } from "../connect/connect.js";
import type { Message } from "../service/training-file.js";
import { UserError } from "../util/errors.js";
import { RateLimiter } from "./rate-limiter.js";
import { remedyFor } from "./refusals.js";

/** A question in the parameters that reasoning models take: they refuse `max_tokens` and any temperature but 1. */
export interface Question {
  deployment: string;
  messages: Message[];
  /** Reasoning and answer together; 16,384 if left out. */
  maxCompletionTokens?: number;
  reasoningEffort?: "low" | "medium" | "high";
  /** Always the likeliest next token, in place of drawing at temperature 1. Only the local stand-in knows it. */
  greedy?: boolean;
  /** Which answer to the same prompt this is to be, from 0: asked again, the local stand-in draws the same one for the same number. */
  sample?: number;
  signal?: AbortSignal;
}

/** The answer. Tokens as the service counts them; `seconds` of the call that was answered, without those that failed before. */
export interface Reply {
  text: string;
  /** `stop`, `length` where the answer was cut off, `content_filter`, or `refusal` where the model declined. */
  finishReason: string;
  promptTokens: number;
  completionTokens: number;
  /** The part of `completionTokens` that the service does not show. */
  reasoningTokens: number;
  seconds: number;
  /** The model behind the deployment, e.g. `o4-mini-2025-04-16`; null for an answer that was withheld. */
  model: string | null;
  /** What the service calls its configuration; null where it does not. */
  fingerprint: string | null;
}

/** What asking needs of a connection. */
export type Asking = Pick<Connection, "openai">;

/** Default limit of an answer, the value of the service's own cookbooks. */
export const defaultCompletionTokens = 16_384;

/** Headers that only the local stand-in reads. */
const decodingHeader = "x-nano-decoding";
const sampleHeader = "x-nano-sample";

/**
 * Asks `deployment` once, and again where the service is busy or the connection breaks, ten times at most, each time after the
 * delay that the service names. Questions that are asked at the same time share a `pacer`. An answer withheld by the service's
 * content filter is an empty text with that finish reason. Throws a `UserError` where greedy decoding is asked of a service
 * without it, and the SDK's `APIError` for all else.
 */
export async function askDeployment(
  connection: Asking,
  question: Question,
  pacer: RateLimiter = new RateLimiter(1),
): Promise<Reply> {
  const { signal } = question;
  for (let attempt = 1; ; attempt++) {
    const turn = await pacer.turn({ again: attempt > 1, signal });
    const secondsSince = (): number => (performance.now() - turn.sentAt) / 1000;
    try {
      const { data, response } = await callOnce(connection, question);
      pacer.settle(turn, { header: (name) => response.headers.get(name), refused: false, pause: 0 });
      return { ...replyOf(data), seconds: secondsSince() };
    } catch (error) {
      const remedy = remedyFor(error, attempt);
      pacer.settle(turn, remedy);
      if (isWithheld(error)) return { ...withheldReply, seconds: secondsSince() };
      if (!remedy.again || signal?.aborted) throw error;
      await sleep(remedy.delay, undefined, { signal });
    }
  }
}

/** The SDK's own retries are off, so that waiting and repeating are decided in one place. */
async function callOnce({ openai }: Asking, question: Question): Promise<{ data: ChatCompletion; response: Response }> {
  const { deployment, messages, maxCompletionTokens = defaultCompletionTokens, reasoningEffort, greedy } = question;
  const answered = await openai.chat.completions
    .create(
      {
        model: deployment,
        messages: messages as ChatCompletionMessageParam[],
        max_completion_tokens: maxCompletionTokens,
        reasoning_effort: reasoningEffort,
      },
      { headers: headersOf(question), signal: question.signal, maxRetries: 0 },
    )
    .withResponse();
  if (!Array.isArray(answered.data?.choices)) throw new SyntaxError("The reply is no chat completion.");
  if (greedy && answered.response.headers.get(decodingHeader) !== "greedy") throw new UserError(noGreedyDecoding);
  return answered;
}

function headersOf({ greedy, sample }: Question): Record<string, string> {
  return {
    ...(greedy && { [decodingHeader]: "greedy" }),
    ...(sample !== undefined && { [sampleHeader]: String(sample) }),
  };
}

const noGreedyDecoding =
  "This service has no greedy decoding: reasoning models draw at temperature 1. Evaluate without `greedy`, with more samples a problem.";

const withheldReply = {
  text: "",
  finishReason: "content_filter",
  promptTokens: 0,
  completionTokens: 0,
  reasoningTokens: 0,
  model: null,
  fingerprint: null,
};

function isWithheld(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "content_filter";
}

function replyOf({ choices, usage, model, system_fingerprint }: ChatCompletion): Omit<Reply, "seconds"> {
  const message = choices[0]?.message;
  return {
    text: message?.content ?? "",
    finishReason: message?.refusal ? "refusal" : (choices[0]?.finish_reason ?? "stop"),
    promptTokens: usage?.prompt_tokens ?? 0,
    completionTokens: usage?.completion_tokens ?? 0,
    reasoningTokens: usage?.completion_tokens_details?.reasoning_tokens ?? 0,
    model,
    fingerprint: system_fingerprint ?? null,
  };
}
