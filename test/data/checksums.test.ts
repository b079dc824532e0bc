import { mkdir, readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { checksumPath, verifyChecksums } from "../../dist/data/checksums.js";
import { hashFile } from "../../dist/util/hash.js";
import { openR1Rows, temporaryFolder, writeShard } from "./shards.js";

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
