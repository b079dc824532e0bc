import { expect, test } from "vitest";
import { backoff, isRetryableStatus, retry } from "../../dist/util/retry.js";

/** Fails as often as it is told, then resolves to the failures that it was given. */
function failing(times: number): (failures: number) => Promise<number> {
  return async (failures) => {
    if (failures < times) throw new Error(`failure ${failures + 1}`);
    return failures;
  };
}

test("tries again after each failure that is not final, and tells of the wait", async () => {
  const told: unknown[] = [];
  const onRetry = (error: unknown, delay: number): number => told.push([(error as Error).message, delay]);
  expect(await retry(failing(2), { delayAfter: (_, failures) => failures, onRetry })).toBe(2);
  expect(told).toEqual([
    ["failure 1", 1],
    ["failure 2", 2],
  ]);
});

test("ends with the last error once a failure is final", async () => {
  const delayAfter = (_: unknown, failures: number): number | undefined => (failures < 3 ? 0 : undefined);
  expect(await retry(failing(2), { delayAfter })).toBe(2);
  await expect(retry(failing(9), { delayAfter })).rejects.toThrow("failure 3");
});

test("counts failures from the first again once something was done in between", async () => {
  const counted: number[] = [];
  let [attempts, done] = [0, 0];
  const attempt = async (): Promise<void> => {
    attempts += 1;
    if (attempts === 3) done += 1;
    if (attempts < 5) throw new Error("broken");
  };
  await retry(attempt, { progress: () => done, delayAfter: (_, failures) => counted.push(failures) && 0 });
  expect(counted).toEqual([1, 2, 1, 2]);
});

test("ends with the signal's reason, while it tries and while it waits", async () => {
  for (const delay of [0, 60_000]) {
    const stop = new AbortController();
    const options = { signal: stop.signal, delayAfter: () => delay };
    const trying = retry(failing(Number.POSITIVE_INFINITY), options);
    setTimeout(() => stop.abort(new Error("enough")), 5);
    await expect(trying).rejects.toThrow("enough");
  }
});

test("doubles the delay with every failure, up to the longest", () => {
  expect([1, 2, 3, 4, 5, 6].map((failures) => backoff(failures, 1, 15))).toEqual([1, 2, 4, 8, 15, 15]);
});

test("finds time-outs, too many requests and faults of the server worth another try", () => {
  const statuses = [200, 301, 400, 401, 403, 404, 408, 409, 416, 429, 499, 500, 503];
  expect(statuses.filter(isRetryableStatus)).toEqual([408, 429, 500, 503]);
});
