import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readLineBytes } from "../../dist/util/jsonl.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "read-line-bytes-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function linesOf(content: string | Buffer, maxLength = 100): Promise<string[]> {
  const path = join(folder, "lines.txt");
  await writeFile(path, content);
  const lines: string[] = [];
  for await (const line of readLineBytes(path, maxLength)) lines.push(line.toString("latin1"));
  return lines;
}

test("lines come without their line feeds, empty ones too, and the last needs none", async () => {
  expect(await linesOf("a\n\nb\r\nc")).toEqual(["a", "", "b\r", "c"]);
  expect(await linesOf("a\n")).toEqual(["a"]);
  expect(await linesOf("")).toEqual([]);
});

test("a line may be spread over several reads, and bytes are left as they are", async () => {
  const long = "x".repeat(1_500_000);
  expect(await linesOf(`${long}\ny\n${long}`, 2_000_000)).toEqual([long, "y", long]);
  expect(await linesOf(Buffer.from([0xff, 0x0a, 0xc3]))).toEqual(["\u00ff", "\u00c3"]);
});

test("of a line that is too long one byte more than the limit is kept", async () => {
  expect(await linesOf(`${"x".repeat(3_000_000)}\nshort`, 10)).toEqual(["x".repeat(11), "short"]);
});

test("a missing file rejects with the system's error", async () => {
  await expect(readLineBytes(join(folder, "none"), 10).next()).rejects.toMatchObject({ code: "ENOENT" });
});
