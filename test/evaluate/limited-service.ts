/**
 * A service with a limit and 200 ms of delay, in the time of the test's own clock.
 * @module
 */
import type { Permit, RateLimiter } from "../../dist/evaluate/rate-limiter.js";

/** Says for a request that arrives at `now` (milliseconds) whether it is within the limit. */
export type Limit = (now: number) => { accepted: boolean; remaining: number; reset: number; retryAfter: number };

/** `size` requests in each window of `period` milliseconds, counted anew when it ends. */
export function fixedWindow(size: number, period: number): Limit {
  let [start, used] = [0, 0];
  return (now) => {
    if (now >= start + period) [start, used] = [start + Math.floor((now - start) / period) * period, 0];
    const reset = start + period - now;
    const accepted = used < size;
    if (accepted) used += 1;
    return { accepted, remaining: size - used, reset, retryAfter: reset };
  };
}

/** A bucket of `size` that refills steadily within `period` milliseconds; the reset is the time until it is full. */
export function tokenBucket(size: number, period: number): Limit {
  let [level, last] = [size, 0];
  return (now) => {
    level = Math.min(size, level + ((now - last) * size) / period);
    last = now;
    const accepted = level >= 1;
    if (accepted) level -= 1;
    const perToken = period / size;
    return {
      accepted,
      remaining: Math.floor(level),
      reset: (size - level) * perToken,
      retryAfter: Math.max(0, (1 - level) * perToken),
    };
  };
}

/**
 * Sends `count` requests through `limiter`, the first one alone, then `concurrency` at a time, until each was accepted. Returns the milliseconds,
 * the refusals, and the most attempts that one request needed.
 */
export async function sendAll(
  limiter: RateLimiter,
  {
    count,
    concurrency,
    limit,
    size,
    unit = "requests",
  }: { count: number; concurrency: number; limit: Limit; size: number | null; unit?: "requests" | "tokens" },
): Promise<{ milliseconds: number; refusals: number; mostAttempts: number }> {
  const start = performance.now();
  let [remaining, refusals, mostAttempts] = [count, 0, 0];
  const answer = async (permit: Permit): Promise<boolean> => {
    const { accepted, remaining, reset, retryAfter } = limit(performance.now() - start);
    if (accepted) await new Promise((resolve) => setTimeout(resolve, 200));
    else refusals += 1;
    const headers: Record<string, string> = {
      [`x-ratelimit-limit-${unit}`]: String((size ?? 0) * unitsEach[unit]),
      [`x-ratelimit-remaining-${unit}`]: String(remaining * unitsEach[unit]),
      [`x-ratelimit-reset-${unit}`]: `${reset / 1000}s`,
    };
    const pause = accepted ? 0 : Math.max(20, retryAfter);
    limiter.release(permit, {
      header: (name) => (size === null ? undefined : headers[name]),
      refused: !accepted,
      pause,
    });
    return accepted;
  };
  const sendOne = async (): Promise<void> => {
    remaining -= 1;
    let attempts = 1;
    while (!(await answer(await limiter.acquire({ isRetry: attempts > 1 })))) attempts += 1;
    mostAttempts = Math.max(mostAttempts, attempts);
  };
  const worker = async (): Promise<void> => {
    while (remaining > 0) await sendOne();
  };
  await sendOne();
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { milliseconds: performance.now() - start, refusals, mostAttempts };
}

/** What one request takes of the limit. */
const unitsEach = { requests: 1, tokens: 1200 };
