import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readRowGroups, type SourceRow } from "../../dist/data/read-rows.js";
import { openShard } from "../../dist/data/shards.js";
import {
  openR1Row,
  openR1Rows,
  type ShardStyle,
  styledShard,
  temporaryFolder,
  withBytes,
  withoutMiddle,
  writeShard,
} from "./shards.js";
import { storeAsZstandard } from "./zstandard.js";

async function readAll(path: string): Promise<SourceRow[][]> {
  const groups: SourceRow[][] = [];
  for await (const rows of readRowGroups(await openShard(path))) groups.push(rows);
  return groups;
}

async function fileWith(content: string | Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), "train.parquet");
  await writeFile(path, content);
  return path;
}

describe("a shard", () => {
  test("is read one row group at a time", async () => {
    const path = await writeShard(await temporaryFolder(), "a.parquet", openR1Rows(1, 25), 10);
    const groups = await readAll(path);
    expect(groups.map((rows) => rows.length)).toEqual([10, 10, 5]);
    expect(groups[2]?.[4]).toMatchObject({ problem: "What is $25 + 1$?", answer: "26", uuid: "uuid-25" });
  });

  test("may leave everything but problem and answer out", async () => {
    const empty = { problem_type: null, question_type: null, source: null, uuid: null, is_reasoning_complete: null };
    const row = openR1Row(1, { ...empty, generations: null, correctness_math_verify: null });
    const path = await writeShard(await temporaryFolder(), "a.parquet", [row, { ...row, generations: [] }]);
    const [rows] = await readAll(path);
    expect(rows).toHaveLength(2);
    for (const read of rows ?? []) {
      expect(read).toMatchObject({ problemType: "unknown", source: "unknown", questionType: "", trace: null });
      expect(read.uuid).toMatch(/^[0-9a-f]{32}$/);
    }
  });

  test("keeps every character of its text", async () => {
    const problem = "Größe \u2028 von √2,\r\n𝔽₇ ist?";
    const path = await writeShard(await temporaryFolder(), "a.parquet", [openR1Row(1, { problem })]);
    expect((await readAll(path))[0]?.[0]?.problem).toBe(problem);
  });

  test.each([
    ["the first complete and verified one", [false, true, true], [true, true, true], null, "b"],
    [
      "one that a model verified, where Math-Verify found none",
      [true, true, true],
      [false, false, false],
      [false, false, true],
      "c",
    ],
    ["Math-Verify's rather than the model's", [true, true, true], [false, false, true], [true, true, true], "c"],
    ["none that is verified but breaks off", [false, false, true], [true, true, false], null, null],
  ])("offers as trace %s", async (_, is_reasoning_complete, correctness_math_verify, correctness_llama, trace) => {
    const row = openR1Row(1, {
      generations: ["a", "b", "c"],
      is_reasoning_complete,
      correctness_math_verify,
      correctness_llama,
    });
    const path = await writeShard(await temporaryFolder(), "a.parquet", [row]);
    const read = (await readAll(path))[0]?.[0]?.trace;
    expect(read ? Buffer.from(read).toString() : null).toBe(trace);
  });
});

describe("a shard may be written", () => {
  const rows = [
    ...openR1Rows(1, 30),
    openR1Row(31, { generations: null, is_reasoning_complete: null, correctness_math_verify: null, uuid: null }),
    openR1Row(32, { generations: [], is_reasoning_complete: [], correctness_math_verify: [], problem_type: null }),
    openR1Row(33, { generations: ["x".repeat(200_000)] }),
  ];
  const codecs: ShardStyle[] = [
    { codec: "SNAPPY" },
    { codec: "UNCOMPRESSED" },
    { codec: "GZIP", compressors: { GZIP: (bytes) => gzipSync(bytes) } },
    { codec: "ZSTD", compressors: { ZSTD: storeAsZstandard } },
  ];
  const styles = codecs.flatMap((style) => [
    { ...style, encoding: "PLAIN" as const },
    { ...style, encoding: "RLE_DICTIONARY" as const, rowGroupSize: 10, pageSize: 100 },
  ]);

  test.each(styles)("with $codec and $encoding", async ({ ...style }) => {
    const read = (await readAll(await fileWith(styledShard(rows, style)))).flat();
    expect(read).toHaveLength(33);
    for (const [i, row] of read.entries()) {
      expect(row).toMatchObject({ number: i + 1, problem: `What is $${i + 1} + 1$?`, answer: String(i + 2) });
    }
    expect(read.map(({ trace }) => trace?.length ?? null)).toEqual(
      rows.map(({ generations }) => generations?.[0]?.length ?? null),
    );
  });

  test("with columns that nobody knows", async () => {
    const extraColumns = [{ name: "difficulty", data: Float64Array.from({ length: 33 }) }];
    expect((await readAll(await fileWith(styledShard(rows, { extraColumns })))).flat()).toHaveLength(33);
  });
});

test("the bulky messages are never read", async () => {
  const messages = [{ role: "user", content: "messages-mark ".repeat(20) }];
  const shard = styledShard([openR1Row(1, { messages })], { codec: "UNCOMPRESSED" });
  const blank = Buffer.alloc(200, 0xff);
  expect((await readAll(await fileWith(withBytes(shard, "messages-mark", blank)))).flat()).toHaveLength(1);
});

describe("rows that cannot be read are refused with the name of the shard, which", () => {
  test("has damaged rows", async () => {
    const path = await writeShard(await temporaryFolder(), "whole.parquet", openR1Rows(1, 100), 50);
    const bytes = await readFile(path);
    bytes.fill(0xff, 4, 200);
    const shard = await openShard(await fileWith(bytes));
    await expect(readRowGroups(shard).next()).rejects.toThrow(/train\.parquet is damaged: rows 1 to 50/);
  });

  test("has pages that end too early", async () => {
    const shard = await openShard(await fileWith(withoutMiddle(styledShard(openR1Rows(1, 100), {}), 1_000)));
    await expect(readRowGroups(shard).next()).rejects.toThrow(/train\.parquet is damaged: rows 1 to 100/);
  });

  test.each(["What is", "<think>"])("has text that is not UTF-8: %s", async (text) => {
    const style = { codec: "UNCOMPRESSED", encoding: "PLAIN" } as const;
    const bytes = withBytes(styledShard(openR1Rows(1, 3), style), text, Buffer.from([0xff]));
    const shard = await openShard(await fileWith(bytes));
    await expect(readRowGroups(shard).next()).rejects.toThrow(/train\.parquet is damaged: .*row 1: .* not UTF-8/);
  });

  test("calls a trace correct that is not there", async () => {
    const generations = ["a", null] as string[];
    const row = openR1Row(2, { generations, correctness_math_verify: [false, true] });
    const path = await writeShard(await temporaryFolder(), "train.parquet", [openR1Row(1), row]);
    await expect(readRowGroups(await openShard(path)).next()).rejects.toThrow(
      /train\.parquet is damaged: .*row 2: correctness_math_verify calls trace 2 correct, and that trace is null/,
    );
  });
});
