import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LineWriter } from "../../dist/data/line-writer.js";
import type { TrainingLine } from "../../dist/service/training-file.js";
import { readJsonl } from "../../dist/service/training-file.js";
import { hashFile } from "../../dist/util/hash.js";
import { temporaryFolder } from "../data/shards.js";

const question = (content: string): TrainingLine => ({ messages: [{ role: "user", content }], answer: "1" });

async function linesOf(content: string): Promise<TrainingLine[]> {
  const file = join(await temporaryFolder(), "training.jsonl");
  await writeFile(file, content);
  const lines: TrainingLine[] = [];
  for await (const line of readJsonl(file)) lines.push(line);
  return lines;
}

test("lines come back as they were written, whatever they hold", async () => {
  const lines = ["plain", "two\nlines", "\u2028 and \u2029 are no line breaks", "x".repeat(2_000_000)].map(question);
  const file = join(await temporaryFolder(), "training.jsonl");
  const writer = await LineWriter.create(file);
  for (const line of lines) await writer.write(line);
  const sha256 = await writer.finish();
  await writer.close();
  const read: TrainingLine[] = [];
  for await (const line of readJsonl(file)) read.push(line);
  expect(read).toEqual(lines);
  expect(writer.lines).toBe(4);
  expect(sha256).toBe(await hashFile(file));
});

test("empty lines, Windows line ends and a missing last line end do no harm", async () => {
  const line = JSON.stringify(question("a"));
  expect(await linesOf(`${line}\r\n\n${line}`)).toHaveLength(2);
  expect(await linesOf("")).toHaveLength(0);
});

test("a line that is not JSON is named by file and number", async () => {
  const line = JSON.stringify(question("a"));
  await expect(linesOf(`${line}\n\n{"messages": [`)).rejects.toThrow(/training\.jsonl, line 3: /);
});

test("a line without messages is named by file and number", async () => {
  await expect(linesOf('{"prompt": "a"}\n')).rejects.toThrow(/training\.jsonl, line 1: there is no list "messages"/);
  await expect(linesOf("null\n")).rejects.toThrow(/line 1: there is no list/);
});
