import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { checksumPath, findShards, openShard, verifyChecksums } from "../../dist/data/shards.js";
import { hashFile } from "../../dist/util/hash.js";
import { openR1Rows, temporaryFolder, writeShard } from "./shards.js";

async function fileWith(content: string | Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), "train.parquet");
  await writeFile(path, content);
  return path;
}

describe("of a folder", () => {
  test("the first shards by name are taken, whatever the names are", async () => {
    const names = ["more.parquet", "train-00000-of-00010.parquet", "train-00001-of-00010.parquet"];
    const folder = await temporaryFolder();
    for (const name of [...names, ".hidden.parquet", "notes.txt"]) await writeFile(join(folder, name), "not read");
    const taken = async (limit: number | "all"): Promise<string[]> =>
      (await findShards(folder, limit)).paths.map((path) => basename(path));
    expect(await taken(2)).toEqual(names.slice(0, 2));
    expect(await taken("all")).toEqual(names);
    expect(await taken(9)).toEqual(names);
  });

  test("the sample is taken until there are other shards", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "sample"));
    const sample = await writeShard(join(folder, "sample"), "train.parquet", openR1Rows(1, 2));
    expect(await findShards(folder, 2)).toEqual({ paths: [sample], available: 1, isSample: true });
    const real = await writeShard(folder, "train.parquet", openR1Rows(1, 2));
    expect(await findShards(folder, 2)).toEqual({ paths: [real], available: 1, isSample: false });
  });
});

describe("a shard that cannot be used is refused by name, because it", () => {
  test("is empty", async () => {
    await expect(openShard(await fileWith(""))).rejects.toThrow(/train\.parquet is empty/);
  });

  test("is shorter than any Parquet file", async () => {
    await expect(openShard(await fileWith("PAR"))).rejects.toThrow(/train\.parquet is not a Parquet file/);
    await expect(openShard(await fileWith("PAR1"))).rejects.toThrow(/train\.parquet is cut off after 4 bytes/);
  });

  test("is something else", async () => {
    const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n";
    await expect(openShard(await fileWith(pointer))).rejects.toThrow(/train\.parquet is not a Parquet file.*Git LFS/);
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

async function twoShards(): Promise<string[]> {
  const folder = await temporaryFolder();
  return [
    await writeShard(folder, "a.parquet", openR1Rows(1, 20)),
    await writeShard(folder, "b.parquet", openR1Rows(21, 40)),
  ];
}

test("shards without a published checksum are hashed, those with one compared", async () => {
  const [a = "", b = ""] = await twoShards();
  const hashes = [await hashFile(a), await hashFile(b)];
  await writeFile(checksumPath(b), `${hashes[1]?.toUpperCase()}  b.parquet\n`);
  expect(await verifyChecksums([a, b])).toEqual(hashes);
});

test("one flipped bit is caught by the checksum", async () => {
  const [a = "", b = ""] = await twoShards();
  await writeFile(checksumPath(b), `${await hashFile(b)}  b.parquet\n`);
  const bytes = await readFile(b);
  bytes[200] = (bytes[200] as number) ^ 4;
  await writeFile(b, bytes);
  await expect(verifyChecksums([a, b])).rejects.toThrow(/b\.parquet is damaged: its SHA-256 is .* demands .* again/);
});

test("the same bytes under two names are refused", async () => {
  const [a = "", b = ""] = await twoShards();
  await writeFile(b, await readFile(a));
  await expect(verifyChecksums([a, b])).rejects.toThrow(/b\.parquet is the same shard as a\.parquet/);
});

test("a checksum file that holds something else is named", async () => {
  const [a = ""] = await twoShards();
  await writeFile(checksumPath(a), "Not found");
  await expect(verifyChecksums([a])).rejects.toThrow(/a\.parquet\.sha256 does not start with a SHA-256/);
});

test("a shard or a checksum that cannot be read is named", async () => {
  const [a = ""] = await twoShards();
  await mkdir(checksumPath(a));
  await expect(verifyChecksums([a])).rejects.toThrow(/a\.parquet\.sha256 cannot be read/);
  await expect(verifyChecksums(["/nowhere/c.parquet"])).rejects.toThrow(/\/nowhere\/c\.parquet cannot be read/);
});
