/**
 * Asking again where the answer was lost, or the service was busy.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isRestError } from "@azure/core-rest-pipeline";
import OpenAI from "openai";
import { messageOf, UserError } from "../util/errors.js";
import { pollDelay } from "./poll-delay.js";

/** How persistently to ask. */
export interface RetryOptions {
  /** Ends the asking, and rejects with its reason. */
  signal?: AbortSignal;
  /** How long to go on asking a service that fails; 2 if left out. */
  minutes?: number;
  /** How long one answer may take, its last byte included; 60 if left out. */
  answerSeconds?: number;
  /** An address that has answered before may vanish with the network; one that never did is misspelt. */
  hasAnswered?: boolean;
  /** Called after every failure that is waited out. */
  onFailure?: (error: unknown) => void;
}

const shortestDelay = 100;
const longestDelay = 30_000;
/** A misspelt address is reported at once; a few tries bridge a resolver's hiccup. */
const triesOfUnknownHost = 4;

/**
 * What `ask` resolves to. It must change nothing, or nothing more the second time: where the answer is lost or the service is busy
 * (see {@link isRetryable}) it is called again, after as long as the service asks for, else after a growing delay. `ask` gets a signal
 * that ends an answer which does not come. Throws a `UserError` where the service fails for longer than `minutes`.
 */
export async function withRetry<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  { signal, minutes = 2, answerSeconds, hasAnswered = false, onFailure }: RetryOptions = {},
): Promise<T> {
  const deadline = Date.now() + minutes * 60_000;
  for (let failures = 1; ; failures += 1) {
    try {
      return await ask(answerSignal(answerSeconds, signal));
    } catch (error) {
      signal?.throwIfAborted();
      if (!isRetryable(error)) throw error;
      const delay = delayAfter(error, failures);
      const misspelt = !hasAnswered && isUnknownHost(error) && failures >= triesOfUnknownHost;
      if (misspelt || Date.now() + delay > deadline) throw unanswered(error, minutes);
      onFailure?.(error);
      await sleep(delay, undefined, { signal });
    }
  }
}

/** A signal for one question, which ends it after `seconds`: the SDK leaves its listeners on the one it is given. */
export function answerSignal(seconds = 60, signal?: AbortSignal): AbortSignal {
  return AbortSignal.any([AbortSignal.timeout(seconds * 1000), ...(signal ? [signal] : [])]);
}

/**
 * Whether asking again may help: no answer, half an answer, a time-out, 408, 429, a 5xx or an expired token. But for 429 and the
 * token, nobody knows whether what was asked for has been done.
 */
export function isRetryable(error: unknown): boolean {
  if (error instanceof UserError) return false;
  const status = statusOf(error);
  if (status !== undefined && status >= 300)
    return status === 408 || status === 429 || status >= 500 || isExpiredToken(error);
  return (
    error instanceof OpenAI.APIConnectionError ||
    error instanceof OpenAI.APIUserAbortError ||
    isRestError(error) ||
    isBrokenBody(error)
  );
}

/** Whether the service has certainly done nothing: it was too busy, or did not know the caller. */
export function wasNotProcessed(error: unknown): boolean {
  return statusOf(error) === 429 || isExpiredToken(error);
}

/** The milliseconds to wait after a failure, the first one being number 1: as long as the reply asks for, else growing from a tenth of a second to 30. */
export function delayAfter(error: unknown, failures: number): number {
  const growing = Math.min(longestDelay, shortestDelay * 2 ** (failures - 1));
  return pollDelay((name) => headerOf(error, name), growing * (0.75 + Math.random() / 2));
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof OpenAI.APIError) return error.status;
  return isRestError(error) ? error.statusCode : undefined;
}

function headerOf(error: unknown, name: string): string | null | undefined {
  if (error instanceof OpenAI.APIError) return error.headers?.get(name);
  return isRestError(error) ? error.response?.headers.get(name) : undefined;
}

function isExpiredToken(error: unknown): boolean {
  return statusOf(error) === 401 && /expired/i.test(messageOf(error));
}

/** A body that is no whole JSON, or whose connection ended in its middle: it is read after the SDK has stopped retrying. */
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

function unanswered(error: unknown, minutes: number): UserError {
  if (isUnknownHost(error))
    return new UserError(
      `There is no such address: check AZURE_AI_PROJECT_ENDPOINT, AZURE_OPENAI_ENDPOINT and AZURE_ARM_ENDPOINT in .env, and the network.\n(${causesOf(error)})`,
    );
  return new UserError(
    `The service has not answered for ${minutes} minutes: check the network and run this cell again.\n(${causesOf(error)})`,
  );
}
