/** @module Made-up shards, and the selection from them. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openShard } from "../../../dist/data/shards.js";
import { readJsonl } from "../../../dist/service/training-file.js";
import { countTokens, selectWithHyparquet } from "../../../dist/tools/bench/data-tasks.js";
import { makeShard } from "../../../dist/tools/bench/make-shards.js";
import { sha256 } from "../../../dist/util/hash.js";

const rows = 40;
let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-"));
  path = join(folder, "train-00000-of-00010.parquet");
  await makeShard({ index: 0, rows, codec: "SNAPPY", path });
});
afterAll(() => rm(folder, { recursive: true }));

describe("a made-up shard", () => {
  test("has the dataset's layout, so that preparation opens it", async () => {
    const shard = await openShard(path);
    expect(shard.rows).toBe(rows);
    expect(shard.metadata.row_groups[0]?.columns[0]?.meta_data?.codec).toBe("SNAPPY");
  });

  test("is the same every time, and another one with another index", async () => {
    const [again, other] = [join(folder, "again"), join(folder, "other")];
    await makeShard({ index: 0, rows, codec: "SNAPPY", path: again });
    await makeShard({ index: 1, rows, codec: "SNAPPY", path: other });
    const [first, second, third] = await Promise.all([path, again, other].map((file) => readFile(file)));
    expect(sha256(second as Buffer)).toBe(sha256(first as Buffer));
    expect(sha256(third as Buffer)).not.toBe(sha256(first as Buffer));
  });

  test("gives long traces that end in their answer", async () => {
    const output = join(folder, "selected.jsonl");
    const { lines, bytes, sha256: hash } = await selectWithHyparquet({ paths: [path], output });
    const content = await readFile(output);
    expect({ bytes, hash }).toEqual({ bytes: content.length, hash: sha256(content) });
    expect(lines).toBeGreaterThan(0.9 * rows);
    const traces: string[] = [];
    for await (const { messages } of readJsonl(output)) traces.push(messages.at(-1)?.content ?? "");
    expect(traces).toHaveLength(lines);
    for (const trace of traces) expect(trace).toMatch(/\\boxed\{.+\}\$\.$/);
    const meanLength = traces.reduce((sum, trace) => sum + trace.length, 0) / lines;
    expect(meanLength).toBeGreaterThan(8_000);
    expect(meanLength).toBeLessThan(35_000);
  });
});

describe("the stages", () => {
  test("go through every row", async () => {
    expect(await countTokens({ paths: [path, path] })).toEqual({ rows: 2 * rows, seconds: expect.any(Number) });
  });
});
