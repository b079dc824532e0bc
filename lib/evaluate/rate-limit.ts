/**
 * One limit of the service, of requests or of tokens, as the headers of its replies tell it.
 *
 * The headers `x-ratelimit-remaining-…`, `-limit-…` and `-reset-…` do not say how the limit works: it may be counted anew for each
 * window of time, or refill steadily (a token bucket, for which the reset is the time until it is full). So the first time that
 * nothing is left, one request is sent when a bucket would hold enough for it; whether it is refused tells which kind it is.
 * @module
 */

/** Reads a header of a reply by its lower-case name. */
export type HeaderReader = (name: string) => string | null | undefined;

/** A reply to the request `number`, counted from 1 in the order of sending; times in milliseconds. */
export interface Observation {
  number: number;
  sentAt: number;
  now: number;
  header: HeaderReader;
  /** Whether the reply was 429. */
  refused: boolean;
}

/** What is known of one limit, and how long to wait for it. All times are in milliseconds of one clock. */
export class RateLimit {
  readonly #unit: "requests" | "tokens";
  #limit = Number.POSITIVE_INFINITY;
  /** What was left after the request `#asOf`. */
  #remaining = Number.POSITIVE_INFINITY;
  #asOf = 0;
  #observedAt = 0;
  #resetAt = Number.POSITIVE_INFINITY;
  /** What one request takes: for tokens, learned from the replies. */
  #cost: number;
  #refills: boolean | undefined;
  #probe: number | undefined;

  constructor(unit: "requests" | "tokens") {
    this.#unit = unit;
    this.#cost = unit === "requests" ? 1 : 0;
  }

  /**
   * Milliseconds to wait before the request after number `sent` may go, while `open` are unanswered; 0 for at once, infinite
   * where only a reply can tell. Counts on the request being sent where it returns 0.
   */
  wait(sent: number, open: number, now: number): number {
    const unknown = this.#refills === undefined;
    if (unknown && open > 0) return this.#isEnough(this.#left(sent)) ? 0 : Number.POSITIVE_INFINITY;
    const isOver = now >= this.#resetAt || (open === 0 && this.#resetAt === Number.POSITIVE_INFINITY);
    if (!this.#refills && isOver) this.#startAnew(sent);
    const perMillisecond = (this.#limit - this.#remaining) / (this.#resetAt - this.#observedAt);
    const refilled = this.#refills ? perMillisecond * (now - this.#observedAt) : 0;
    if (this.#isEnough(this.#left(sent, refilled))) return 0;
    if (this.#refills === false) return this.#resetAt - now;
    const untilRefilled = (this.#cost - this.#left(sent)) / perMillisecond - (now - this.#observedAt);
    if (untilRefilled > 0) return Math.min(untilRefilled, this.#resetAt - now);
    if (unknown) this.#probe = sent + 1;
    return 0;
  }

  /** Learns from a reply; one without the headers, or older than what is known, changes nothing. */
  observe({ number, sentAt, now, header, refused }: Observation): void {
    if (number === this.#probe || (refused && this.#refills)) {
      this.#refills = number === this.#probe ? !refused : undefined;
      this.#probe = undefined;
    }
    const remaining = numberOf(header(`x-ratelimit-remaining-${this.#unit}`));
    if (remaining === undefined || number <= this.#asOf) return;
    const reset = durationOf(header(`x-ratelimit-reset-${this.#unit}`)) ?? defaultReset;
    // Counted from the sending, because a reply may come long after the service looked at its clock: that is never too late,
    // and of all replies in one window the latest reset is the closest.
    const inSameWindow = !this.#refills && remaining < this.#remaining && now < this.#resetAt;
    const earlierReset = inSameWindow && Number.isFinite(this.#resetAt) ? this.#resetAt : 0;
    this.#resetAt = Math.max(sentAt + reset, earlierReset, now);
    this.#limit = numberOf(header(`x-ratelimit-limit-${this.#unit}`)) ?? Number.POSITIVE_INFINITY;
    // The first reply shows the cost, unless others ask too; then the later ones correct it.
    if (!refused) this.#learnCost((Math.min(this.#limit, this.#remaining) - remaining) / (number - this.#asOf));
    this.#remaining = remaining;
    this.#asOf = number;
    this.#observedAt = sentAt;
  }

  #left(sent: number, refilled = 0): number {
    return Math.min(this.#limit, this.#remaining + refilled) - this.#cost * (sent - this.#asOf);
  }

  #isEnough(left: number): boolean {
    return left > 0 && left >= this.#cost;
  }

  #startAnew(sent: number): void {
    this.#remaining = this.#limit;
    this.#asOf = sent;
    this.#resetAt = Number.POSITIVE_INFINITY;
  }

  #learnCost(taken: number): void {
    if (this.#unit === "requests" || !(taken > 0 && Number.isFinite(taken))) return;
    this.#cost = this.#cost === 0 ? taken : (this.#cost + taken) / 2;
  }
}

/** Where the service does not say when the limit is lifted. */
const defaultReset = 1000;

/** A count; Azure writes -1 for one that it does not know. */
function numberOf(text: string | null | undefined): number | undefined {
  const value = Number.parseFloat(text ?? "");
  return value >= 0 ? value : undefined;
}

const unitMilliseconds: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds in a duration such as `6m0s`, `120ms` or, in seconds, `59`; undefined where it is none. */
export function durationOf(text: string | null | undefined): number | undefined {
  const parts = [...(text ?? "").matchAll(/([\d.]+)(ms|s|m|h)?/g)];
  if (parts.length === 0) return undefined;
  return parts.reduce((sum, [, value, unit = "s"]) => sum + Number(value) * (unitMilliseconds[unit] ?? 0), 0);
}
