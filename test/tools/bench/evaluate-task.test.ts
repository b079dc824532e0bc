/** @module An evaluation against the server with a limit. */
import { expect, test } from "vitest";
import { startRateLimitedServer } from "../../../dist/tools/bench/evaluate.js";
import { evaluate } from "../../../dist/tools/bench/evaluate-task.js";

test("asks every question until it is answered, within the limit", async () => {
  const text = "Thus $\\boxed{1}$.";
  const server = await startRateLimitedServer({ kind: "bucket", requestsPerSecond: 20, delayMilliseconds: 1, text });
  try {
    expect(await evaluate({ baseUrl: server.baseUrl, evaluations: 22 })).toBeGreaterThan(0.1);
    expect(server.counts.answered).toBe(22);
  } finally {
    await server.close();
  }
});
