import { describe, expect, test } from "vitest";
import { durationOf, RateLimit } from "../../dist/evaluate/rate-limit.js";

function headers(unit: string, limit: number, remaining: number, reset: string): (name: string) => string | undefined {
  const values: Record<string, string> = {
    [`x-ratelimit-limit-${unit}`]: String(limit),
    [`x-ratelimit-remaining-${unit}`]: String(remaining),
    [`x-ratelimit-reset-${unit}`]: reset,
  };
  return (name) => values[name];
}

const first = { number: 1, sentAt: 0, now: 200, refused: false };

describe("RateLimit", () => {
  test("knows no limit before a reply names one", () => {
    const allowance = new RateLimit("requests");
    expect(allowance.wait(1000, 1000, 0)).toBe(0);
    allowance.observe({ ...first, header: () => undefined });
    expect(allowance.wait(1000, 0, 0)).toBe(0);
  });

  test("takes Azure's -1 for unknown", () => {
    const allowance = new RateLimit("tokens");
    allowance.observe({ ...first, header: headers("tokens", -1, -1, "0") });
    expect(allowance.wait(50, 10, 300)).toBe(0);
  });

  test("counts what was sent after the reply that it knows", () => {
    const allowance = new RateLimit("requests");
    allowance.observe({ ...first, header: headers("requests", 4, 3, "10s") });
    expect(allowance.wait(3, 2, 300)).toBe(0);
    expect(allowance.wait(4, 3, 300)).toBe(Number.POSITIVE_INFINITY);
  });

  test("tries one request where nothing is left, and waits for the reset once that is refused", () => {
    const allowance = new RateLimit("requests");
    allowance.observe({ ...first, header: headers("requests", 10, 0, "10s") });
    expect(allowance.wait(1, 0, 200)).toBe(800); // a bucket would hold one request after 1 s
    expect(allowance.wait(1, 0, 1000)).toBe(0);
    const refusal = { number: 2, sentAt: 1000, now: 1010, refused: true };
    allowance.observe({ ...refusal, header: headers("requests", 10, 0, "9s") });
    expect(allowance.wait(2, 0, 1010)).toBe(8990);
    expect(allowance.wait(2, 0, 10_000)).toBe(0);
    expect(allowance.wait(12, 10, 10_000)).toBe(Number.POSITIVE_INFINITY);
  });

  test("goes on at the pace of the refilling once a request is accepted before the reset", () => {
    const allowance = new RateLimit("requests");
    allowance.observe({ ...first, header: headers("requests", 10, 0, "10s") });
    expect(allowance.wait(1, 0, 1000)).toBe(0);
    const accepted = { number: 2, sentAt: 1000, now: 1200, refused: false };
    allowance.observe({ ...accepted, header: headers("requests", 10, 0, "10s") });
    expect(allowance.wait(2, 0, 1200)).toBe(800);
    expect(allowance.wait(2, 0, 4000)).toBe(0);
    expect(allowance.wait(5, 3, 4000)).toBe(1000);
  });

  test("does not wait for ever where no reply says more", () => {
    const allowance = new RateLimit("requests");
    allowance.observe({ ...first, header: headers("requests", 2, 0, "1s") });
    expect(allowance.wait(1, 0, 1000)).toBe(0);
    expect(allowance.wait(3, 0, 1000)).toBe(0);
  });
});

describe("durationOf", () => {
  test("reads the spellings of the services in milliseconds", () => {
    expect(["6m0s", "120ms", "1s", "59", "1h2m", "0.25s"].map(durationOf)).toEqual([
      360_000, 120, 1000, 59_000, 3_720_000, 250,
    ]);
    expect([durationOf(null), durationOf(undefined), durationOf("soon")]).toEqual([undefined, undefined, undefined]);
  });
});
