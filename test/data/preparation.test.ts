import { expect, test } from "vitest";
import { summariseTokens } from "../../dist/data/preparation.js";

test("half of the prompts have at most p50 tokens, 95 of 100 at most p95", () => {
  const lengths = new Map(Array.from({ length: 100 }, (_, i) => [100 - i, 1]));
  expect(summariseTokens(lengths)).toEqual({ p50: 50, p95: 95, max: 100 });
  expect(summariseTokens(new Map([[7, 3]]))).toEqual({ p50: 7, p95: 7, max: 7 });
  expect(summariseTokens(new Map())).toEqual({ p50: 0, p95: 0, max: 0 });
});
