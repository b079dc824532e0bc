import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LineWriter } from "../../dist/data/line-writer.js";
import { trainingLine, writeTrainingLine } from "../../dist/data/training-lines.js";
import { sha256 } from "../../dist/util/hash.js";
import { temporaryFolder } from "./shards.js";

const controls = Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code)).join("");
const text = `"quoted" \\frac{1}{2} ${controls} \u007f Größe √2 \u2028 𝔽₇`;
const row = { uuid: "1", problem: `Find ${text}`, answer: "2", problemType: "Algebra", source: "test" };

async function written(write: (writer: LineWriter) => Promise<void>): Promise<string> {
  const path = join(await temporaryFolder(), "lines.jsonl");
  const writer = await LineWriter.create(path);
  await write(writer);
  const hash = await writer.finish();
  await writer.close();
  const content = await readFile(path, "utf8");
  expect([writer.bytes, writer.lines, hash]).toEqual([
    Buffer.byteLength(content),
    content.split("\n").length - 1,
    sha256(content),
  ]);
  return content;
}

describe("a line", () => {
  test("is JSON, whatever its text", async () => {
    const content = await written((writer) => writer.write({ text }));
    expect(content).toBe(`${JSON.stringify({ text })}\n`);
  });

  test("is the same where the trace comes as bytes", async () => {
    const asText = await written((writer) => writeTrainingLine(writer, { ...row, trace: text }, "sft"));
    const asBytes = await written((writer) => writeTrainingLine(writer, { ...row, trace: Buffer.from(text) }, "sft"));
    expect(asBytes).toBe(asText);
    expect(JSON.parse(asBytes)).toEqual(trainingLine({ ...row, trace: Buffer.from(text) }, "sft"));
  });

  test("may be longer than what is written at once", async () => {
    const long = "ü".repeat(700_000);
    const content = await written(async (writer) => {
      for (const ending of ["a", long, "b"]) await writer.write([""], Buffer.from(ending));
      await writer.write([long]);
    });
    expect(content).toBe(`["a"]\n["${long}"]\n["b"]\n["${long}"]\n`);
  });
});
