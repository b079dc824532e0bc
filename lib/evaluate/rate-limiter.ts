/**
 * When the next request may be sent: a bounded number at a time, as fast as the service's limits allow, and not while it asks
 * to wait. One pacer serves all requests to one deployment, so that what a reply says of the limits holds for all.
 * @module
 */
import { type HeaderReader, RateLimit } from "./rate-limit.js";

/** A request that may be sent now. Give it back with {@link RateLimiter.settle} once it is answered or has failed. */
export interface Permit {
  number: number;
  sentAt: number;
}

/** How a request ended. */
export interface Outcome {
  header: HeaderReader;
  /** Whether the service refused it because of a limit (429). */
  refused: boolean;
  /** Milliseconds in which nothing more is to be sent. */
  pause: number;
}

interface Waiting {
  start: (turn: Permit) => void;
  stop: (reason: unknown) => void;
}

/** Hands out turns. */
export class RateLimiter {
  readonly #concurrency: number;
  readonly #allowances = [new RateLimit("requests"), new RateLimit("tokens")];
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

  /** Waits for a turn; a request that is sent `again` goes before those that wait for their first. Rejects once `signal` is aborted. */
  async turn({ again, signal }: { again: boolean; signal?: AbortSignal }): Promise<Permit> {
    signal?.throwIfAborted();
    let waiting: Waiting | undefined;
    const abort = (): void => waiting?.stop(signal?.reason);
    signal?.addEventListener("abort", abort);
    try {
      return await new Promise<Permit>((start, stop) => {
        waiting = { start, stop };
        this.#waiting[again ? "unshift" : "push"](waiting);
        this.#release();
      });
    } finally {
      signal?.removeEventListener("abort", abort);
      if (signal?.aborted) this.#remove(waiting);
    }
  }

  /** Takes a turn back and learns from how it went. */
  settle(turn: Permit, { header, refused, pause }: Outcome): void {
    const now = performance.now();
    this.#open -= 1;
    for (const allowance of this.#allowances) allowance.observe({ ...turn, now, header, refused });
    this.#pausedUntil = Math.max(this.#pausedUntil, now + pause);
    if (!refused) this.#window = Math.min(this.#concurrency, this.#window + 1);
    else if (turn.number > this.#halvedUpTo) {
      this.#window = Math.max(1, Math.floor(this.#window / 2));
      this.#halvedUpTo = this.#sent;
    }
    this.#release();
  }

  #release(): void {
    clearTimeout(this.#timer);
    while (this.#waiting.length > 0 && this.#open < this.#window) {
      const now = performance.now();
      const waits = this.#allowances.map((allowance) => allowance.wait(this.#sent, this.#open, now));
      const wait = Math.max(this.#pausedUntil - now, ...waits);
      if (wait > 0) {
        if (Number.isFinite(wait)) this.#timer = setTimeout(() => this.#release(), Math.ceil(wait));
        return;
      }
      this.#sent += 1;
      this.#open += 1;
      this.#waiting.shift()?.start({ number: this.#sent, sentAt: now });
    }
  }

  #remove(waiting: Waiting | undefined): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
    if (this.#waiting.length === 0) clearTimeout(this.#timer);
  }
}
