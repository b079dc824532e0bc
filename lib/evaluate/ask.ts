/**
 * One question to one deployment, asked again where that helps.
 * @module
 */
import type { ChatCompletion, ChatCompletionMessageParam } from "openai/resources/chat/completions";
import type { Connection } from "../connect/connect.js";
import { delayAfter, growingDelay, isConflict, isRetryable, pollDelay, replyOf } from "../connect/retry.js";
import type { Message } from "../service/training-file.js";
import { decodingHeader, sampleHeader } from "../service/wire.js";
import { ConfigurationError } from "../util/errors.js";
import { retry } from "../util/retry.js";
import { type Outcome, RateLimiter } from "./rate-limiter.js";

/**
 * A question in the parameters that reasoning models take: they refuse `max_tokens` and any temperature but
 * 1.
 */
export interface Question {
  deployment: string;
  messages: Message[];
  /** Reasoning and answer together; 16,384 by default. */
  maxCompletionTokens?: number;
  reasoningEffort?: "low" | "medium" | "high";
  /** Always the likeliest next token, in place of drawing at temperature 1. Only the local stand-in knows it. */
  greedy?: boolean;
  /**
   * Which answer to the same prompt this is to be, from 0: asked again, the local stand-in draws the same one
   * for the same number.
   */
  sample?: number;
  signal?: AbortSignal;
}

/**
 * The answer. Tokens as the service counts them; `seconds` of the call that was answered, without those that
 * failed before.
 */
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

/** Calls for one answer, the first included. */
const maxAttempts = 10;

/**
 * A service that asks to wait longer has no answer to give today: Azure names a whole day where a quota is
 * used up.
 */
const longestPause = 10 * 60_000;

/**
 * Asks `deployment`, and again where the service is busy or the connection breaks: ten times at most, each
 * time after the delay that the service names. A question changes nothing at the service, so that asking
 * again is always safe. Questions that are asked at the same time share a `limiter`. An answer withheld by
 * the service's content filter is an empty text with that finish reason. Throws a `ConfigurationError` where
 * greedy decoding is asked of a service without it, the signal's reason once it is aborted, and the SDK's
 * `APIError` for all else.
 *
 * @example
 * const reply = await askDeployment(connection, { deployment: "o4-mini", messages: [{ role: "user", content: "What is 2 + 2?" }] });
 */
export async function askDeployment(
  connection: Asking,
  question: Question,
  limiter: RateLimiter = new RateLimiter(1),
): Promise<Reply> {
  const { signal } = question;
  const attempt = async (failures: number): Promise<Reply> => {
    const permit = await limiter.acquire({ isRetry: failures > 0, signal });
    const secondsSince = (): number => (performance.now() - permit.sentAt) / 1000;
    try {
      const { data, response } = await callOnce(connection, question);
      limiter.release(permit, { header: (name) => response.headers.get(name) });
      return { ...answerIn(data), seconds: secondsSince() };
    } catch (error) {
      limiter.release(permit, outcomeOf(error, failures + 1));
      if (isWithheld(error)) return { ...withheldReply, seconds: secondsSince() };
      throw error;
    }
  };
  return retry(attempt, {
    signal,
    delayAfter: (error, failures) => {
      const isWorthIt = isRetryable(error) || isConflict(error);
      if (!isWorthIt || failures === maxAttempts || delayAfter(error, failures) > longestPause) return undefined;
      // A pause for all questions is kept by the limiter, where this one is the first in the queue.
      return outcomeOf(error, failures).pause ? 0 : delayAfter(error, failures);
    },
  });
}

/**
 * A failure as the limiter counts it: where the service names a delay or a limit is reached, all questions
 * wait.
 */
function outcomeOf(error: unknown, failures: number): Required<Outcome> {
  const { status, header = () => undefined } = replyOf(error) ?? {};
  const refused = status === 429;
  const pause = pollDelay(header, refused ? growingDelay(failures) : 0);
  return { header, refused, pause: pause > longestPause ? 0 : pause };
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
  if (greedy && answered.response.headers.get(decodingHeader) !== "greedy")
    throw new ConfigurationError(noGreedyDecoding);
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

function answerIn({ choices, usage, model, system_fingerprint }: ChatCompletion): Omit<Reply, "seconds"> {
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
