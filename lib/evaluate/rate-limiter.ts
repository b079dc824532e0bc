/**
 * When the next question may be sent: a bounded number at a time, as fast as the service's limits allow, and
 * not while it asks to wait. One limiter serves all questions to one deployment, so that what a reply says of
 * the limits holds for all.
 *
 * The headers `x-ratelimit-limit-…`, `-remaining-…` and `-reset-…` do not say how a limit works: it may
 * refill steadily (a token bucket, whose reset is the time until it is full), or be counted from zero in each
 * window of time. It is taken for a bucket; a window refuses the first question that comes too early, and its
 * reply says how long all of them have to wait.
 * @module
 */
import type { HeaderReader } from "../connect/retry.js";

/**
 * A question that may be sent now. Give it back with {@link RateLimiter.release} once it is answered or has
 * failed.
 */
export interface Permit {
  /** Counted from 1 in the order of sending. */
  number: number;
  /** Milliseconds of the clock `performance.now`. */
  sentAt: number;
}

/** How a question ended. */
export interface Outcome {
  header?: HeaderReader;
  /** Whether the service refused it because of a limit (429). */
  refused?: boolean;
  /** Milliseconds in which nothing more is to be sent; 0 by default. */
  pause?: number;
}

/** Where the service does not say when the limit is lifted, in milliseconds. */
const defaultReset = 1000;

/** What replies tell of one limit, and how long to wait for it. All times are milliseconds of one clock. */
class RateLimit {
  readonly #unit: "requests" | "tokens";
  #limit = Number.POSITIVE_INFINITY;
  /** What was left after the request `#asOf`, and what comes back in a millisecond. */
  #remaining = Number.POSITIVE_INFINITY;
  #asOf = 0;
  #observedAt = 0;
  #refill = 0;
  /** What one request takes: for tokens, learned from the replies. */
  #cost: number;

  constructor(unit: "requests" | "tokens") {
    this.#unit = unit;
    this.#cost = unit === "requests" ? 1 : 0;
  }

  /**
   * Milliseconds to wait before the request after number `sent` may go; infinite where only a reply can tell.
   */
  wait(sent: number, now: number): number {
    const held = Math.min(this.#limit, this.#remaining + this.#refill * (now - this.#observedAt));
    const missing = Math.max(this.#cost, 1) - (held - this.#cost * (sent - this.#asOf));
    return missing <= 0 ? 0 : missing / this.#refill;
  }

  /** Learns from a reply; one without the headers, or older than what is known, changes nothing. */
  observe({ number, sentAt }: Permit, { header = () => undefined, refused = false }: Outcome): void {
    const remaining = numberOf(header(`x-ratelimit-remaining-${this.#unit}`));
    if (remaining === undefined || number <= this.#asOf) return;
    const limit = numberOf(header(`x-ratelimit-limit-${this.#unit}`)) ?? Number.POSITIVE_INFINITY;
    const reset = durationOf(header(`x-ratelimit-reset-${this.#unit}`)) ?? defaultReset;
    if (this.#unit === "tokens" && !refused)
      this.#learnCost((Math.min(limit, this.#remaining) - remaining) / (number - this.#asOf));
    this.#limit = limit;
    this.#remaining = remaining;
    this.#asOf = number;
    this.#observedAt = sentAt;
    this.#refill = (limit - remaining) / Math.max(reset, 1);
  }

  /** The first reply shows the cost, unless others ask too; the later ones correct it. */
  #learnCost(taken: number): void {
    if (taken > 0 && Number.isFinite(taken)) this.#cost = this.#cost === 0 ? taken : (this.#cost + taken) / 2;
  }
}

interface Waiting {
  start: (permit: Permit) => void;
  stop: (reason: unknown) => void;
}

/** Hands out permits. */
export class RateLimiter {
  readonly #concurrency: number;
  readonly #limits = [new RateLimit("requests"), new RateLimit("tokens")];
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #open = 0;
  /** Requests that may be open at once: halved where the service refuses, growing again with every answer. */
  #window: number;
  /** Refusals of requests up to this one have halved the window already. */
  #halvedUpTo = 0;
  #pausedUntil = 0;

  /** At most `concurrency` requests are open at the same time. */
  constructor(concurrency: number) {
    this.#concurrency = concurrency;
    this.#window = concurrency;
  }

  /**
   * Waits for a permit; a retry goes before the questions that wait for their first. Rejects once `signal` is
   * aborted.
   */
  async acquire({ isRetry = false, signal }: { isRetry?: boolean; signal?: AbortSignal } = {}): Promise<Permit> {
    signal?.throwIfAborted();
    let waiting: Waiting | undefined;
    const abort = (): void => waiting?.stop(signal?.reason);
    signal?.addEventListener("abort", abort);
    try {
      return await new Promise<Permit>((start, stop) => {
        waiting = { start, stop };
        this.#waiting[isRetry ? "unshift" : "push"](waiting);
        this.#grant();
      });
    } finally {
      signal?.removeEventListener("abort", abort);
      if (signal?.aborted) this.#waiting = this.#waiting.filter((other) => other !== waiting);
    }
  }

  /** Takes a permit back and learns from how the question ended. */
  release(permit: Permit, outcome: Outcome): void {
    const { refused = false, pause = 0 } = outcome;
    this.#open -= 1;
    for (const limit of this.#limits) limit.observe(permit, outcome);
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + pause);
    if (!refused) this.#window = Math.min(this.#concurrency, this.#window + 1);
    else if (permit.number > this.#halvedUpTo) {
      this.#window = Math.max(1, Math.floor(this.#window / 2));
      this.#halvedUpTo = this.#sent;
    }
    this.#grant();
  }

  #grant(): void {
    clearTimeout(this.#timer);
    while (this.#waiting.length > 0 && this.#open < this.#window) {
      const now = performance.now();
      const wait = Math.max(this.#pausedUntil - now, ...this.#limits.map((limit) => limit.wait(this.#sent, now)));
      // With nothing open no reply can tell more, so one request goes to find out.
      if (wait > 0 && (Number.isFinite(wait) || this.#open > 0)) {
        if (Number.isFinite(wait)) this.#timer = setTimeout(() => this.#grant(), Math.ceil(wait));
        return;
      }
      this.#sent += 1;
      this.#open += 1;
      this.#waiting.shift()?.start({ number: this.#sent, sentAt: now });
    }
  }
}

/** A count; Azure writes -1 for one that it does not know. */
function numberOf(text: string | null | undefined): number | undefined {
  const value = Number.parseFloat(text ?? "");
  return value >= 0 ? value : undefined;
}

const unitMilliseconds: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds in a duration such as `6m0s`, `120ms` or, in seconds, `59`; undefined for any other text. */
function durationOf(text: string | null | undefined): number | undefined {
  const parts = [...(text ?? "").matchAll(/([\d.]+)(ms|s|m|h)?/g)];
  if (parts.length === 0) return undefined;
  return parts.reduce((sum, [, value, unit = "s"]) => sum + Number(value) * (unitMilliseconds[unit] ?? 0), 0);
}
