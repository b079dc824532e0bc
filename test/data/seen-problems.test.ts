import { join } from "node:path";
import { expect, test } from "vitest";
import { LineWriter } from "../../dist/data/line-writer.js";
import { countLeakage, problemKey, SeenProblems, splitOf } from "../../dist/data/seen-problems.js";
import { temporaryFolder } from "./shards.js";

const keys = Array.from({ length: 2_000 }, (_, i) => problemKey(`What is $${i} + 1$?`));
const tenth = { validationFraction: 0.1, testFraction: 0, seed: 42 };
const half = { ...tenth, validationFraction: 0.5 };

test("problems are the same without regard to case, spacing and Unicode composition", () => {
  expect(problemKey("  Find  the\r\nCafe\u0301's $x$. ")).toBe(problemKey("find the caf\u00e9's $x$."));
  expect(problemKey("Find $x^2$.")).not.toBe(problemKey("Find $x2$."));
});

test("a problem always falls on the same side", () => {
  for (const key of keys) expect(splitOf(key, tenth)).toBe(splitOf(key, tenth));
});

test("the share of validation is close to the one asked for", () => {
  const validation = keys.filter((key) => splitOf(key, tenth) === "validation");
  expect(validation.length / keys.length).toBeGreaterThan(0.08);
  expect(validation.length / keys.length).toBeLessThan(0.12);
});

test("another seed splits otherwise", () => {
  expect(keys.map((key) => splitOf(key, { ...half, seed: 1 }))).not.toEqual(
    keys.map((key) => splitOf(key, { ...half, seed: 2 })),
  );
});

test("what is set aside for a test comes from training alone", () => {
  const withTest = { ...tenth, testFraction: 0.2 };
  const moved = keys.filter((key) => splitOf(key, withTest) !== splitOf(key, tenth));
  expect(new Set(moved.map((key) => splitOf(key, withTest)))).toEqual(new Set(["test"]));
  expect(moved.length / keys.length).toBeGreaterThan(0.17);
  expect(moved.length / keys.length).toBeLessThan(0.23);
});

test("of a problem seen before, the first place in each file is told, in the order of the files", () => {
  const seen = new SeenProblems<string>();
  const [one = "", two = ""] = keys;
  expect(seen.record(one, "a", 1)).toEqual([]);
  expect(seen.record(two, "a", 2)).toEqual([]);
  expect(seen.record(one, "b", 7)).toEqual([{ source: "a", line: 1 }]);
  expect(seen.record(one, "b", 8)).toEqual([
    { source: "a", line: 1 },
    { source: "b", line: 7 },
  ]);
  expect(keys.map((key) => seen.has(key)).indexOf(false)).toBe(2);
});

test("two thousand problems are all told apart", () => {
  const seen = new SeenProblems<string>();
  for (const [i, key] of keys.entries()) expect(seen.record(key, "a", i + 1)).toEqual([]);
});

async function fileAsking(name: string, ...questions: string[]): Promise<string> {
  const path = join(await temporaryFolder(), name);
  const writer = await LineWriter.create(path);
  for (const content of questions) await writer.write({ messages: [{ role: "user", content }], answer: "1" });
  await writer.finish();
  await writer.close();
  return path;
}

test("a problem that stands in two files leaks, however it is set", async () => {
  const training = await fileAsking("training.jsonl", "What is $1 + 1$?", "What is $2 + 2$?", "What is $3 + 3$?");
  const leaking = await fileAsking("validation.jsonl", "What  is $3 + 3$?", "what is\n$1 + 1$? ", "What is $4 + 4$?");
  const sound = await fileAsking("validation.jsonl", "What is $4 + 4$?");
  const testing = await fileAsking("test.jsonl", "What is $5 + 5$?", "What is $4 + 4$?");
  expect(await countLeakage([training, leaking])).toBe(2);
  expect(await countLeakage([training, sound])).toBe(0);
  expect(await countLeakage([training, sound, testing])).toBe(1);
});
