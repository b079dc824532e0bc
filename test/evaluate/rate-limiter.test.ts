import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Permit, RateLimiter } from "../../dist/evaluate/rate-limiter.js";
import { fixedWindow, type Limit, sendAll, tokenBucket } from "./limited-service.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const noHeaders = { header: () => undefined, refused: false, pause: 0 };

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
    const { milliseconds, refusals } = await simulate(fixedWindow(size, period), size);
    expect(milliseconds).toBeLessThan(1.2 * ((Math.ceil(1000 / size) - 1) * period + 200));
    expect(refusals).toBeLessThan(5);
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
    const { milliseconds, refusals } = await simulate(fixedWindow(50, 1000), 50, { unit: "tokens" });
    expect(milliseconds).toBeLessThan(1.2 * (19 * 1000 + 200));
    expect(refusals).toBeLessThan(20);
  });

  test("take at most 1.2 times the least, and few attempts each, where the service only refuses and says how long to wait", async () => {
    const { milliseconds, mostAttempts } = await simulate(fixedWindow(50, 1000), null);
    expect(milliseconds).toBeLessThan(1.2 * (19 * 1000 + 200));
    expect(mostAttempts).toBeLessThanOrEqual(5);
    expect((await simulate(fixedWindow(1, 1000), null)).mostAttempts).toBeLessThan(10);
  });
});

describe("RateLimiter", () => {
  test("gives at most as many turns as may be open at once", async () => {
    const pacer = new RateLimiter(2);
    const turns: Permit[] = [];
    for (let i = 0; i < 3; i++) void pacer.turn({ again: false }).then((turn) => turns.push(turn));
    await vi.runAllTimersAsync();
    expect(turns.map(({ number }) => number)).toEqual([1, 2]);
    pacer.settle(turns[0] as Permit, noHeaders);
    await vi.runAllTimersAsync();
    expect(turns.map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  test("lets a request that is sent again go first", async () => {
    const pacer = new RateLimiter(1);
    const open = await pacer.turn({ again: false });
    const order: string[] = [];
    void pacer.turn({ again: false }).then(() => order.push("new"));
    void pacer.turn({ again: true }).then(() => order.push("again"));
    pacer.settle(open, noHeaders);
    await vi.runAllTimersAsync();
    expect(order).toEqual(["again"]);
  });

  test("sends nothing while the service asks to wait", async () => {
    const pacer = new RateLimiter(8);
    pacer.settle(await pacer.turn({ again: false }), { header: () => undefined, refused: true, pause: 30_000 });
    const start = performance.now();
    const waiting = pacer.turn({ again: true });
    await vi.runAllTimersAsync();
    expect((await waiting).sentAt - start).toBe(30_000);
  });

  test("stops waiting when it is told to, and the others wait on", async () => {
    const pacer = new RateLimiter(1);
    const open = await pacer.turn({ again: false });
    const stop = new AbortController();
    const stopped = pacer.turn({ again: false, signal: stop.signal });
    const other = pacer.turn({ again: false });
    stop.abort(new Error("enough"));
    await expect(stopped).rejects.toThrow("enough");
    pacer.settle(open, noHeaders);
    expect((await other).number).toBe(2);
    await expect(pacer.turn({ again: false, signal: stop.signal })).rejects.toThrow("enough");
  });
});
