import { expect, test } from "vitest";
import { compactKey, problemKey, splitOf } from "../../dist/data/problem-text.js";

const keys = Array.from({ length: 2_000 }, (_, i) => problemKey(`What is $${i} + 1$?`));
const tenth = { validation: 0.1, test: 0 };
const half = { validation: 0.5, test: 0 };

test("problems are the same without regard to case, spacing and Unicode composition", () => {
  expect(problemKey("  Find  the\r\nCafe\u0301's $x$. ")).toBe(problemKey("find the caf\u00e9's $x$."));
  expect(problemKey("Find $x^2$.")).not.toBe(problemKey("Find $x2$."));
});

test("a problem always falls on the same side", () => {
  for (const key of keys) expect(splitOf(key, 42, tenth)).toBe(splitOf(key, 42, tenth));
});

test("the share of validation is close to the one asked for", () => {
  const validation = keys.filter((key) => splitOf(key, 42, tenth) === "validation");
  expect(validation.length / keys.length).toBeGreaterThan(0.08);
  expect(validation.length / keys.length).toBeLessThan(0.12);
});

test("another seed splits otherwise", () => {
  expect(keys.map((key) => splitOf(key, 1, half))).not.toEqual(keys.map((key) => splitOf(key, 2, half)));
});

test("what is set aside for a test comes from training alone", () => {
  const withTest = { validation: 0.1, test: 0.2 };
  const moved = keys.filter((key) => splitOf(key, 42, withTest) !== splitOf(key, 42, tenth));
  expect(new Set(moved.map((key) => splitOf(key, 42, withTest)))).toEqual(new Set(["test"]));
  expect(moved.length / keys.length).toBeGreaterThan(0.17);
  expect(moved.length / keys.length).toBeLessThan(0.23);
});

test("a compact key has 16 characters and still tells problems apart", () => {
  const compact = new Set(keys.map(compactKey));
  expect(compact.size).toBe(keys.length);
  for (const key of compact) expect(key).toHaveLength(16);
});
