/** @module The server that enforces a limit. */
import { afterEach, describe, expect, test } from "vitest";
import {
  type LimitKind,
  minimumSeconds,
  type RateLimitedServer,
  startRateLimitedServer,
} from "../../../dist/tools/bench/evaluate.js";

let server: RateLimitedServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const plan = { requestsPerSecond: 4, delayMilliseconds: 1, text: "\\boxed{1}" };

async function ask(): Promise<Response> {
  const response = await fetch(`${server?.baseUrl}chat/completions`, { method: "POST", body: "{}" });
  await response.json();
  return response;
}

describe("the server", () => {
  test.each(["window", "bucket"] as LimitKind[])(
    "refuses what is over the limit of a %s, and says when to come back",
    async (kind) => {
      server = await startRateLimitedServer({ kind, ...plan });
      const responses = [await ask(), ...(await Promise.all(Array.from({ length: 39 }, ask)))];
      expect(responses[0]?.headers.get("x-ratelimit-limit-requests")).toBe("4");
      expect(responses[0]?.headers.get("x-ratelimit-remaining-requests")).toBe("3");
      const refused = responses.find(({ status }) => status === 429);
      expect(Number(refused?.headers.get("retry-after-ms"))).toBeLessThanOrEqual(1000);
      expect(refused?.headers.get("retry-after")).toBe("1");
      expect(server.counts.answered + server.counts.refused).toBe(40);
      expect(server.counts.refused).toBe(responses.filter(({ status }) => status === 429).length);
    },
  );

  test("knows the least time that the limit allows", () => {
    expect(minimumSeconds(8, { kind: "window", ...plan })).toBeCloseTo(1.001);
    expect(minimumSeconds(9, { kind: "window", ...plan })).toBeCloseTo(2.001);
    expect(minimumSeconds(9, { kind: "bucket", ...plan })).toBeCloseTo(1.251);
    expect(minimumSeconds(2, { kind: "bucket", ...plan })).toBeCloseTo(0.001);
  });
});
