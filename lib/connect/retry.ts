/**
 * Asking the service again: which of its failures are worth it, how long to wait, and for how long to go on.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isRestError } from "@azure/core-rest-pipeline";
import { ConfigurationError, messageOf, NetworkError } from "../util/errors.js";
import { backoff, isRetryableStatus, retry } from "../util/retry.js";

/** How persistently to ask. */
export interface RetryOptions {
  /** Ends the asking, and rejects with its reason. */
  signal?: AbortSignal;
  /** How long to go on asking a service that fails; 2 by default. */
  minutes?: number;
  /** How long one answer may take, its last byte included; 60 by default. */
  answerSeconds?: number;
  /** An address that has answered before may vanish with the network; one that never did is misspelt. */
  hasAnswered?: boolean;
  /** Which failures to wait out; {@link isRetryable} by default. */
  isWorthIt?: (error: unknown) => boolean;
  /** Called after every failure that is waited out. */
  onFailure?: (error: unknown) => void;
}

/** A misspelt address is reported at once; a few tries bridge a resolver's hiccup. */
const triesOfUnknownHost = 4;

/**
 * What `ask` resolves to. It must change nothing, or nothing more the second time: where the answer is lost
 * or the service is busy it is called again, after as long as the service asks for, else after a growing
 * delay. `ask` gets a signal that ends an answer which does not come. Throws a `NetworkError` where the
 * service fails for longer than `minutes`, and a `ConfigurationError` where its address does not exist.
 */
export async function withRetry<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  { signal, minutes = 2, answerSeconds, hasAnswered = false, isWorthIt = isRetryable, onFailure }: RetryOptions = {},
): Promise<T> {
  const deadline = Date.now() + minutes * 60_000;
  return retry(() => ask(answerSignal(answerSeconds, signal)), {
    signal,
    onRetry: onFailure,
    delayAfter: (error, failures) => {
      if (!isWorthIt(error)) return undefined;
      const delay = delayAfter(error, failures);
      if (!hasAnswered && isUnknownHost(error) && failures >= triesOfUnknownHost) throw unknownHost(error);
      if (Date.now() + delay > deadline) throw unanswered(error, minutes);
      return delay;
    },
  });
}

/**
 * A signal for one question, which ends it after `seconds`: the SDK leaves its listeners on the one it is
 * given.
 */
export function answerSignal(seconds = 60, signal?: AbortSignal): AbortSignal {
  return AbortSignal.any([AbortSignal.timeout(seconds * 1000), ...(signal ? [signal] : [])]);
}

/** Something that must not exist twice, made over a connection that may lose the answer. */
export interface Creation<T> {
  /** What it is, as the error says it: "the new job". */
  what: string;
  /** Looks for it at the service. */
  find: () => Promise<T | undefined>;
  /** Asks for it, sending one request. */
  create: () => Promise<T>;
  /** How long something that was made may take to be found; only after that is it asked for again. */
  settleMilliseconds: number;
  /** Ends the asking, and rejects with its reason. */
  signal?: AbortSignal;
}

const maxRequests = 5;

/**
 * What `create` made. Where its answer is lost, this looks whether the request took effect, for
 * `settleMilliseconds`, before it asks again. Throws a `NetworkError` after five requests without an answer,
 * and what `create` throws where the service refuses.
 */
export async function createOnce<T>({ what, find, create, settleMilliseconds, signal }: Creation<T>): Promise<T> {
  const attempt = async (): Promise<T> => {
    try {
      return await create();
    } catch (error) {
      if (signal?.aborted || !isRetryable(error) || wasNotProcessed(error)) throw error;
      const made = await lookFor(find, settleMilliseconds);
      if (made === undefined) throw error;
      return made;
    }
  };
  return retry(attempt, {
    signal,
    delayAfter: (error, requests) => {
      if (!isRetryable(error)) return undefined;
      if (requests < maxRequests) return delayAfter(error, requests);
      throw new NetworkError(
        `The service has lost ${what} ${maxRequests} times: ${messageOf(error)}\nRun this cell again later: it looks for ${what} before it asks for it.`,
        { cause: error },
      );
    },
  });
}

/** Looks at growing intervals, which add up to `milliseconds`. */
async function lookFor<T>(find: () => Promise<T | undefined>, milliseconds: number): Promise<T | undefined> {
  let left = milliseconds;
  for (let looks = 1; ; looks += 1) {
    const found = await find();
    if (found !== undefined || left <= 0) return found;
    const delay = Math.min(left, growingDelay(looks));
    await sleep(delay);
    left -= delay;
  }
}

/** Reads a header of a reply by its lower-case name. */
export type HeaderReader = (name: string) => string | null | undefined;

/** What an error tells of the service's reply; without a status, no reply came. */
export interface FailedReply {
  status?: number;
  header: HeaderReader;
}

/**
 * The reply in an error of one of the two SDKs; undefined for any other error. Those of the package `openai`
 * are known by their shape, because a process may hold two copies of their classes.
 */
export function replyOf(error: unknown): FailedReply | undefined {
  if (isRestError(error)) return { status: error.statusCode, header: (name) => error.response?.headers.get(name) };
  if (!(error instanceof Error && "status" in error)) return undefined;
  const { status, headers } = error as Error & { status?: number; headers?: Headers };
  return { status, header: (name) => headers?.get(name) };
}

/**
 * Whether asking again may help: no answer, half an answer, a time-out, 408, 429, a 5xx or an expired token.
 * But for 429 and the token, nobody knows whether what was asked for has been done.
 */
export function isRetryable(error: unknown): boolean {
  const reply = replyOf(error);
  if (!reply) return isBrokenBody(error);
  const { status = 0 } = reply;
  return status < 300 || isRetryableStatus(status) || isExpiredToken(error);
}

/** Whether another operation was in the way (409): worth another try only where asking twice does no harm. */
export function isConflict(error: unknown): boolean {
  return replyOf(error)?.status === 409;
}

/** Whether the service has certainly done nothing: it was too busy, or did not know the caller. */
export function wasNotProcessed(error: unknown): boolean {
  return replyOf(error)?.status === 429 || isExpiredToken(error);
}

/**
 * The milliseconds to wait after failure number `failures`, from 1: as long as the reply asks for, else
 * growing.
 */
export function delayAfter(error: unknown, failures: number): number {
  return pollDelay(replyOf(error)?.header, growingDelay(failures));
}

/** From a tenth of a second to half a minute. */
export function growingDelay(failures: number): number {
  return backoff(failures, 100, 30_000);
}

/**
 * Milliseconds until the next question: what the reply asks for (`openai-poll-after-ms`, `retry-after-ms`,
 * `retry-after` in seconds), but at least 20, else `byDefault`.
 */
export function pollDelay(header: HeaderReader | undefined, byDefault: number): number {
  const asked = [
    number(header?.("openai-poll-after-ms")),
    number(header?.("retry-after-ms")),
    number(header?.("retry-after")) * 1000,
  ].find((milliseconds) => milliseconds >= 0);
  return asked === undefined ? byDefault : Math.max(asked, 20);
}

function number(text: string | null | undefined): number {
  return Number.parseFloat(text ?? "");
}

function isExpiredToken(error: unknown): boolean {
  return replyOf(error)?.status === 401 && /expired/i.test(messageOf(error));
}

/**
 * A body that is no whole JSON, or whose connection ended in its middle: it is read after the SDK has stopped
 * retrying.
 */
function isBrokenBody(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error instanceof SyntaxError ||
    error.message === "terminated" ||
    error.name === "AbortError" ||
    error.name === "TimeoutError"
  );
}

function isUnknownHost(error: unknown): boolean {
  return /ENOTFOUND/.test(causesOf(error));
}

function causesOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const code = "code" in error && error.code ? ` ${error.code}` : "";
  return `${error.message}${code}${error.cause ? `: ${causesOf(error.cause)}` : ""}`;
}

function unknownHost(error: unknown): ConfigurationError {
  return new ConfigurationError(
    `There is no such address: check AZURE_AI_PROJECT_ENDPOINT, AZURE_OPENAI_ENDPOINT and AZURE_ARM_ENDPOINT in .env, and the network.\n(${causesOf(error)})`,
    { cause: error },
  );
}

function unanswered(error: unknown, minutes: number): NetworkError {
  return new NetworkError(
    `The service has not answered for ${minutes} minutes: check the network and run this cell again.\n(${causesOf(error)})`,
    { cause: error },
  );
}
