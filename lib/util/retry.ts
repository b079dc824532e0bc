/**
 * Trying again: the one loop that does it, the growing delays, and the HTTP statuses that are worth it. What
 * the errors of a client library mean is known to those who call it: `connect/retry.ts` for the service,
 * `data/hub.ts` for the hub.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";

/** When to try again, and when to stop. */
export interface RetryRules {
  /** Milliseconds to wait after failure number `failures`, from 1; undefined if it is final. */
  delayAfter: (error: unknown, failures: number) => number | undefined;
  /** Ends the trying, and rejects with its reason. */
  signal?: AbortSignal;
  /** Called before each wait, which is in milliseconds. */
  onRetry?: (error: unknown, delay: number) => void;
  /** Grows with what is done: once it has grown, failures are counted from 1 again. */
  progress?: () => number;
}

/**
 * What `attempt` resolves to, tried again after every failure that `delayAfter` does not call final.
 * `attempt` is given the number of failures before it. Rejects with the last error.
 */
export async function retry<T>(
  attempt: (failures: number) => Promise<T>,
  { delayAfter, signal, onRetry, progress = () => 0 }: RetryRules,
): Promise<T> {
  let reached = progress();
  for (let failures = 0; ; ) {
    try {
      return await attempt(failures);
    } catch (error) {
      signal?.throwIfAborted();
      failures = progress() > reached ? 1 : failures + 1;
      reached = progress();
      const delay = delayAfter(error, failures);
      if (delay === undefined) throw error;
      onRetry?.(error, delay);
      await sleep(delay, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

/** Whether a status of HTTP is worth another try: a time-out, too many requests, or a fault of the server. */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** The delay after failure number `failures`, from 1: `shortest`, doubled each time, up to `longest`. */
export function backoff(failures: number, shortest: number, longest: number): number {
  return Math.min(longest, shortest * 2 ** (failures - 1));
}
