import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LineWriter } from "../../dist/data/line-writer.js";
import { checkTrainingFile, type LineFault, readJsonl, type TrainingLine } from "../../dist/service/training-file.js";
import { hashFile } from "../../dist/util/hash.js";
import { temporaryFolder } from "../data/shards.js";

const good: TrainingLine = { messages: [{ role: "user", content: "What is $1 + 1$?" }], answer: "2", source: "test" };

function faultsOf(...lines: (string | object)[]): LineFault[] {
  return faultsFor([], ...lines);
}

function faultsFor(graderKeys: string[], ...lines: (string | object)[]): LineFault[] {
  const check = checkTrainingFile(graderKeys);
  return lines.flatMap((line) => check.line(typeof line === "string" ? line : JSON.stringify(line)));
}

test("ten lines with the same keys have no fault, with or without a byte order mark", () => {
  const check = checkTrainingFile();
  const line = JSON.stringify(good);
  const faults = [`\uFEFF${line}`, ...Array.from({ length: 9 }, () => line)].flatMap((text) => check.line(text));
  expect([...faults, ...check.end()]).toEqual([]);
});

describe("a line is refused that", () => {
  test.each<[string, string | object, string, RegExp]>([
    ["is not JSON", '{"messages": [', "", /is not a JSON object/],
    ["is empty", "", "", /is not a JSON object/],
    ["is a list", [good], "", /is not a JSON object/],
    ["has no messages", { ...good, messages: undefined }, "messages", /must be a list/],
    ["has an empty list of messages", { ...good, messages: [] }, "messages", /must be a list/],
    [
      "has another role",
      { ...good, messages: [{ role: "robot", content: "a" }, ...good.messages] },
      "messages",
      /has the role "robot"/,
    ],
    ["has a message without text", { ...good, messages: [{ role: "user", content: "" }] }, "messages", /without text/],
    [
      "ends with the model's answer",
      { ...good, messages: [...good.messages, { role: "assistant", content: "2" }] },
      "messages",
      /must end with the user's message, not with "assistant"/,
    ],
    ["lacks a key of the first line", { ...good, answer: undefined }, "answer", /missing here but stands in line 1/],
    ["has a key more than the first line", { ...good, level: "5" }, "level", /missing in line 1/],
    ["has another type under a key", { ...good, answer: 2 }, "answer", /is of type number here, but string in line 1/],
    ["has null under a key", { ...good, answer: null }, "answer", /is of type null here/],
  ])("%s", (_, line, key, message) => {
    const faults = faultsOf(good, line);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.at(-1)).toMatchObject({ line: 2, key, message: expect.stringMatching(message) });
  });

  test("has nothing beside the messages for the grader to read", () => {
    const remedy = expect.stringMatching(/the reference answer as a key/);
    expect(faultsOf({ messages: good.messages })).toEqual([{ line: 1, key: "", message: expect.any(String), remedy }]);
  });

  test("is not UTF-8", () => {
    const check = checkTrainingFile();
    const latin1 = Buffer.from(JSON.stringify({ ...good, answer: "\u00e9" }), "latin1");
    expect(check.line(Buffer.from(JSON.stringify(good)))).toEqual([]);
    expect(check.line(latin1)).toMatchObject([{ line: 2, message: "is not UTF-8", remedy: "save the file as UTF-8" }]);
  });

  test("is longer than any prompt could be", () => {
    expect(faultsOf(" ".repeat(4_000_001))).toMatchObject([{ line: 1, message: "is longer than 4000000 bytes" }]);
  });

  test("begins with a byte order mark, unless it is the first", () => {
    const marked = Buffer.from(`\uFEFF${JSON.stringify(good)}`);
    const check = checkTrainingFile();
    expect([check.line(marked), check.line(marked)]).toMatchObject([
      [],
      [{ line: 2, message: "is not a JSON object" }],
    ]);
  });
});

describe("where the grader is known", () => {
  test("a line that lacks one of its keys has this one fault, even if no other line has the key", () => {
    const fault = { key: "level", message: "is missing, but the grader reads it" };
    expect(faultsFor(["answer", "level"], good, { ...good, level: "5" }, good)).toMatchObject([
      { line: 1, ...fault },
      { line: 3, ...fault },
    ]);
  });

  test("keys that it does not read must still be the same in every line", () => {
    expect(faultsFor(["answer"], good, { ...good, source: undefined })).toMatchObject([{ line: 2, key: "source" }]);
  });
});

test("a file with fewer than ten lines is refused as a whole", () => {
  const check = checkTrainingFile();
  for (let i = 0; i < 9; i++) check.line(JSON.stringify(good));
  expect(check.end()).toEqual([
    { line: 0, key: "", message: "has 9 lines; at least 10 are needed", remedy: "add examples" },
  ]);
});

test("a file of more than 512 MB is refused as a whole", () => {
  const check = checkTrainingFile();
  const long = "x".repeat(3_999_999);
  for (let i = 0; i < 150; i++) check.line(long);
  const size = {
    line: 0,
    key: "",
    message: "is 600000000 bytes long; the service takes at most 512000000",
    remedy: "leave out some of the lines",
  };
  expect(check.end()).toContainEqual(size);
});

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
