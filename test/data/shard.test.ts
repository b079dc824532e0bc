import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { openShard, readRowGroups, type SourceRow } from "../../dist/data/shard.js";
import { openR1Row, openR1Rows, temporaryFolder, writeShard } from "./shards.js";

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
    expect((await readAll(path))[0]?.[0]?.trace).toBe(trace);
  });
});

describe("a shard that cannot be used is refused by name, because it", () => {
  test("is empty", async () => {
    await expect(openShard(await fileWith(""))).rejects.toThrow(/train\.parquet is empty/);
  });

  test("is shorter than any Parquet file", async () => {
    await expect(openShard(await fileWith("PAR"))).rejects.toThrow(/train\.parquet is no Parquet file/);
    await expect(openShard(await fileWith("PAR1"))).rejects.toThrow(/train\.parquet is cut off after 4 bytes/);
  });

  test("is something else", async () => {
    const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n";
    await expect(openShard(await fileWith(pointer))).rejects.toThrow(/train\.parquet is no Parquet file.*Git LFS/);
  });

  test("was cut off while downloading", async () => {
    const path = await writeShard(await temporaryFolder(), "whole.parquet", openR1Rows(1, 100));
    const whole = await readFile(path);
    const part = await fileWith(whole.subarray(0, whole.length / 2));
    await expect(openShard(part)).rejects.toThrow(/train\.parquet is cut off after [\d,]+ bytes/);
  });

  test("has a damaged table of contents", async () => {
    const path = await writeShard(await temporaryFolder(), "whole.parquet", openR1Rows(1, 100));
    const bytes = await readFile(path);
    bytes.writeUInt32LE(2 ** 31, bytes.length - 8);
    await expect(openShard(await fileWith(bytes))).rejects.toThrow(/train\.parquet is damaged: its table of contents/);
  });

  test("has damaged rows", async () => {
    const path = await writeShard(await temporaryFolder(), "whole.parquet", openR1Rows(1, 100), 50);
    const bytes = await readFile(path);
    bytes.fill(0xff, 4, 200);
    const shard = await openShard(await fileWith(bytes));
    await expect(readRowGroups(shard).next()).rejects.toThrow(/train\.parquet is damaged: rows 1 to 50/);
  });

  test("lacks a column", async () => {
    const columnData = [{ name: "problem", data: ["What is $1 + 1$?"] }];
    const bytes = new Uint8Array(parquetWriteBuffer({ columnData }));
    await expect(openShard(await fileWith(bytes))).rejects.toThrow(/lacks the columns answer, .*; it has problem\./);
  });

  test("holds numbers where text belongs", async () => {
    const names = ["problem", "problem_type", "question_type", "source", "uuid", "is_reasoning_complete"];
    const others = ["generations", "correctness_math_verify", "correctness_llama"];
    const columnData = [
      ...[...names, ...others].map((name) => ({ name, data: ["text"] })),
      { name: "answer", data: [2] },
    ];
    const bytes = new Uint8Array(parquetWriteBuffer({ columnData }));
    await expect(openShard(await fileWith(bytes))).rejects.toThrow(
      /train\.parquet: the column answer holds INT32, but text is needed/,
    );
  });
});
