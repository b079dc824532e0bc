import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { shardBytes } from "../../../dist/data/open-r1.js";
import { isHeldOut } from "../../../dist/emulator/nano/problems.js";
import { sampleRows } from "../../../dist/emulator/sample/sample-rows.js";
import { projectRoot } from "../../../dist/util/assets.js";

const shards = sampleRows();
const rows = shards.flat();
/** Rows without a fault; a repeated problem starts with a space. */
const sound = rows.filter(
  ({ answer, problem }) => /^(\d+|\\frac\{\d+\}\{\d+\})$/.test(answer ?? "") && !/^ |!\[/.test(problem ?? ""),
);

test("the committed shards are what the generator gives today; if not, run npm run sample-data", async () => {
  for (const [index, shard] of shards.entries()) {
    const file = join(projectRoot, "training_data", "sample", `train-0000${index}-of-00002.parquet`);
    expect(Buffer.from(shardBytes(shard)).equals(await readFile(file)), file).toBe(true);
  }
});

test("every problem is one that pre-training left out", () => {
  expect(sound.length).toBeGreaterThan(2_000);
  for (const { problem } of sound) expect(isHeldOut(problem ?? "")).toBe(true);
});

test("no two problems of a family share their numbers", () => {
  const pattern = (problem: string): string => problem.replaceAll(/\$[^$]*\$/g, "$");
  const mathematics = sound.map(({ problem }) => problem?.match(/\$[^$]*\$/g)?.join(" "));
  const patterns = new Set(sound.map(({ problem }) => pattern(problem ?? "")));
  expect(patterns.size).toBeGreaterThan(12);
  const sums = mathematics.filter((formulas) => / [+-] /.test(formulas ?? ""));
  expect(new Set(sums).size).toBe(sums.length);
});

test("the subjects are mixed within each shard", () => {
  for (const shard of shards) {
    const subjects = shard.slice(0, 100).map(({ problem_type }) => problem_type);
    expect(new Set(subjects).size).toBeGreaterThan(4);
  }
});

test("a trace counts as verified only where it boxes the answer", () => {
  for (const { answer, generations, correctness_math_verify, correctness_llama } of sound) {
    for (const [i, trace] of (generations ?? []).entries()) {
      const isVerified = correctness_math_verify?.[i] || correctness_llama?.[i];
      if (isVerified) expect(trace).toContain(`\\boxed{${answer}}`);
    }
  }
});
