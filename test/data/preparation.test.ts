import { expect, test } from "vitest";
import { emptyResult, recordRow, summariseTokens } from "../../dist/data/preparation.js";
import type { Outcome, ScreenedRow } from "../../dist/data/screen-rows.js";
import { openShard, type Shard } from "../../dist/data/shards.js";
import { openR1Rows, temporaryFolder, writeShard } from "./shards.js";

async function twoShards(): Promise<[Shard, Shard]> {
  const folder = await temporaryFolder();
  const [a, b] = [
    await writeShard(folder, "a.parquet", openR1Rows(1, 1)),
    await writeShard(folder, "b.parquet", openR1Rows(2, 2)),
  ];
  return [await openShard(a), await openShard(b)];
}

function screenedRow(number: number, outcome: Outcome, change: Partial<ScreenedRow> = {}): ScreenedRow {
  const labels = { problemType: "Algebra", questionType: "", source: "test" };
  return {
    row: { number, problem: "What is $1 + 1$?", answer: "2", uuid: `uuid-${number}`, trace: null, ...labels },
    outcome,
    questionKind: "single question",
    check: { kind: "number", matchesItself: true, traceAnswer: "3", matchesTrace: false },
    promptTokens: null,
    duplicateOf: null,
    ...change,
  };
}

test("a trace with another answer counts unless something is wrong with the row itself", async () => {
  const [shard] = await twoShards();
  const result = emptyResult([shard], ["training"], []);
  const outcomes: Outcome[] = ["proof", "training", "repeat", "cut-off answer", "prompt too long", "no verified trace"];
  for (const [i, outcome] of outcomes.entries()) recordRow(result, shard, screenedRow(i + 1, outcome));
  const [, another] = result.disagreements;
  expect(another?.rows).toBe(3);
  expect(another?.examples.map(({ file, row }) => [file, row])).toEqual([
    ["a.parquet", 2],
    ["a.parquet", 3],
    ["a.parquet", 5],
  ]);
});

test("duplicates are counted for the shard that has the later row, by where the first one is", async () => {
  const [a, b] = await twoShards();
  const result = emptyResult([a, b], ["training"], []);
  recordRow(result, a, screenedRow(1, "training"));
  recordRow(result, b, screenedRow(1, "repeat", { duplicateOf: a }));
  recordRow(result, b, screenedRow(2, "repeat", { duplicateOf: a }));
  recordRow(result, b, screenedRow(3, "proof", { duplicateOf: b }));
  expect([result.duplicates.get(a), result.duplicates.get(b)]).toEqual([
    { withinShard: 0, acrossShards: 0 },
    { withinShard: 1, acrossShards: 2 },
  ]);
});

test("half of the prompts have at most p50 tokens, 95 of 100 at most p95", () => {
  const lengths = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(summariseTokens(lengths)).toEqual({ p50: 50, p95: 95, max: 100 });
  expect(summariseTokens([7, 7, 7])).toEqual({ p50: 7, p95: 7, max: 7 });
  expect(summariseTokens([])).toEqual({ p50: 0, p95: 0, max: 0 });
});
