import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { HeaderReader } from "../../dist/connect/retry.js";
import { type Permit, RateLimiter } from "../../dist/evaluate/rate-limiter.js";
import { fixedWindow, type Limit, sendAll, tokenBucket } from "./limited-service.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function simulate(
  limit: Limit,
  size: number | null,
  { concurrency = 64, unit }: { concurrency?: number; unit?: "tokens" } = {},
): ReturnType<typeof sendAll> {
  const sending = sendAll(new RateLimiter(concurrency), { count: 1000, concurrency, limit, size, unit });
  await vi.runAllTimersAsync();
  return sending;
}

describe("a thousand requests of 200 ms", () => {
  test("take what the concurrency allows where there is no limit", async () => {
    const { milliseconds } = await simulate(() => ({ accepted: true, remaining: 0, reset: 0, retryAfter: 0 }), null, {
      concurrency: 50,
    });
    expect(milliseconds).toBe(4200);
  });

  test.each([
    [50, 1000],
    [20, 1000],
    [100, 10_000],
    [300, 60_000],
  ])("take at most 1.2 times the least where %d are allowed in each window of %d ms", async (size, period) => {
    const { milliseconds, mostAttempts } = await simulate(fixedWindow(size, period), size);
    expect(milliseconds).toBeLessThan(1.2 * ((Math.ceil(1000 / size) - 1) * period + 200));
    expect(mostAttempts).toBeLessThanOrEqual(2);
  });

  test.each([
    [50, 1000],
    [20, 1000],
    [100, 10_000],
    [600, 60_000],
    [60, 60_000],
  ])("take at most 1.2 times the least where a bucket of %d refills within %d ms", async (size, period) => {
    const { milliseconds, refusals } = await simulate(tokenBucket(size, period), size);
    expect(milliseconds).toBeLessThan(1.2 * (((1000 - size) * period) / size + 200));
    expect(refusals).toBeLessThan(5);
  });

  test("take at most 1.2 times the least where the tokens are limited, of which each takes as many as the replies show", async () => {
    const { milliseconds, mostAttempts } = await simulate(fixedWindow(50, 1000), 50, { unit: "tokens" });
    expect(milliseconds).toBeLessThan(1.2 * (19 * 1000 + 200));
    expect(mostAttempts).toBeLessThanOrEqual(2);
  });

  test("take at most 1.2 times the least, and few attempts each, where the service only refuses and says how long to wait", async () => {
    const { milliseconds, mostAttempts } = await simulate(fixedWindow(50, 1000), null);
    expect(milliseconds).toBeLessThan(1.2 * (19 * 1000 + 200));
    expect(mostAttempts).toBeLessThanOrEqual(5);
    expect((await simulate(fixedWindow(1, 1000), null)).mostAttempts).toBeLessThan(10);
  });
});

describe("RateLimiter", () => {
  test("gives at most as many permits as may be open at once", async () => {
    const limiter = new RateLimiter(2);
    const permits: Permit[] = [];
    for (let i = 0; i < 3; i++) void limiter.acquire().then((permit) => permits.push(permit));
    await vi.runAllTimersAsync();
    expect(permits.map(({ number }) => number)).toEqual([1, 2]);
    limiter.release(permits[0] as Permit, {});
    await vi.runAllTimersAsync();
    expect(permits.map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  test("lets a request that is sent again go first", async () => {
    const limiter = new RateLimiter(1);
    const open = await limiter.acquire();
    const order: string[] = [];
    void limiter.acquire().then(() => order.push("new"));
    void limiter.acquire({ isRetry: true }).then(() => order.push("again"));
    limiter.release(open, {});
    await vi.runAllTimersAsync();
    expect(order).toEqual(["again"]);
  });

  test("sends nothing while the service asks to wait", async () => {
    const limiter = new RateLimiter(8);
    limiter.release(await limiter.acquire(), { refused: true, pause: 30_000 });
    const start = performance.now();
    const waiting = limiter.acquire({ isRetry: true });
    await vi.runAllTimersAsync();
    expect((await waiting).sentAt - start).toBe(30_000);
  });

  test("stops waiting when it is told to, and the others wait on", async () => {
    const limiter = new RateLimiter(1);
    const open = await limiter.acquire();
    const stop = new AbortController();
    const stopped = limiter.acquire({ signal: stop.signal });
    const other = limiter.acquire();
    stop.abort(new Error("enough"));
    await expect(stopped).rejects.toThrow("enough");
    limiter.release(open, {});
    expect((await other).number).toBe(2);
    await expect(limiter.acquire({ signal: stop.signal })).rejects.toThrow("enough");
  });
});

/** The headers of a reply that tell of one limit. */
function headers(unit: string, limit: number, remaining: number, reset?: string): HeaderReader {
  const values = new Map([
    [`x-ratelimit-limit-${unit}`, String(limit)],
    [`x-ratelimit-remaining-${unit}`, String(remaining)],
    [`x-ratelimit-reset-${unit}`, reset],
  ]);
  return (name) => values.get(name);
}

/** When each of `count` further requests goes, in milliseconds after the first, whose reply has these headers. */
async function sendingTimes(header: HeaderReader, count: number): Promise<number[]> {
  const limiter = new RateLimiter(64);
  const first = await limiter.acquire();
  limiter.release(first, { header });
  const permits = Promise.all(Array.from({ length: count }, () => limiter.acquire()));
  await vi.runAllTimersAsync();
  return (await permits).map(({ sentAt }) => Math.round(sentAt - first.sentAt));
}

describe("the headers of a reply", () => {
  test("that name no limit, or Azure's -1 for one that it does not know, hold nothing back", async () => {
    expect(await sendingTimes(() => undefined, 3)).toEqual([0, 0, 0]);
    expect(await sendingTimes(headers("tokens", -1, -1, "0"), 3)).toEqual([0, 0, 0]);
  });

  test("let go what is left at once, and the others as the limit refills", async () => {
    expect(await sendingTimes(headers("requests", 10, 3, "7s"), 5)).toEqual([0, 0, 0, 1000, 2000]);
    expect(await sendingTimes(headers("requests", 10, 0, "10s"), 3)).toEqual([1000, 2000, 3000]);
  });

  test("that tell of several limits are all kept to", async () => {
    const [requests, tokens] = [headers("requests", 10, 9, "1s"), headers("tokens", 1000, 0, "20s")];
    expect(await sendingTimes((name) => requests(name) ?? tokens(name), 1)).toEqual([20_000]);
  });

  test.each([
    ["6m0s", 360_000],
    ["120ms", 120],
    ["1s", 1000],
    ["59", 59_000],
    ["1h2m", 3_720_000],
    ["0.25s", 250],
    ["soon", 1000],
    [undefined, 1000],
  ])("tell the time of a reset as %s", async (reset, milliseconds) => {
    expect(await sendingTimes(headers("requests", 2, 0, reset), 1)).toEqual([milliseconds / 2]);
  });
});
