import { expect, test } from "vitest";
import { problemKey, splitOf } from "../../dist/data/problem-text.js";

const keys = Array.from({ length: 2_000 }, (_, i) => problemKey(`What is $${i} + 1$?`));

test("problems are the same without regard to case, spacing and Unicode composition", () => {
  expect(problemKey("  Find  the\r\nCafe\u0301's $x$. ")).toBe(problemKey("find the caf\u00e9's $x$."));
  expect(problemKey("Find $x^2$.")).not.toBe(problemKey("Find $x2$."));
});

test("a problem always falls on the same side", () => {
  for (const key of keys) expect(splitOf(key, 42, 0.1)).toBe(splitOf(key, 42, 0.1));
});

test("the share of validation is close to the one asked for", () => {
  const validation = keys.filter((key) => splitOf(key, 42, 0.1) === "validation");
  expect(validation.length / keys.length).toBeGreaterThan(0.08);
  expect(validation.length / keys.length).toBeLessThan(0.12);
});

test("another seed splits otherwise", () => {
  expect(keys.map((key) => splitOf(key, 1, 0.5))).not.toEqual(keys.map((key) => splitOf(key, 2, 0.5)));
});
