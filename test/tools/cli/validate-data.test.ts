import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../../dist/util/assets.js";

interface Ending {
  code: number;
  output: string;
  errors: string;
}

const script = join(projectRoot, "dist", "tools", "cli", "validate-data.js");

let root: string;
let folder: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "validate-data-test-"));
});
beforeEach(async () => {
  folder = await mkdtemp(join(root, "case-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function run(...flags: string[]): Promise<Ending> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...flags], { cwd: folder }, (_, output, errors) =>
      resolve({ code: child.exitCode ?? -1, output, errors }),
    );
  });
}

/** Lines with the problems `from`, `from + 1`, and so on; the change may make them faulty. */
function lines(count: number, from = 0, change: object = {}): string[] {
  return Array.from({ length: count }, (_, i) =>
    JSON.stringify({ messages: [{ role: "user", content: `What is ${from + i} + 1?` }], answer: "x", ...change }),
  );
}

function write(name: string, content: string[] | Buffer): Promise<void> {
  return writeFile(join(folder, name), Array.isArray(content) ? content.map((line) => `${line}\n`).join("") : content);
}

test("good files end with code 0 and a summary; without names they are training.jsonl and validation.jsonl", async () => {
  await write("training.jsonl", lines(12));
  await write("validation.jsonl", lines(10, 100));
  expect(await run()).toEqual({
    code: 0,
    output:
      "training.jsonl: 12 lines, 0 faults\nvalidation.jsonl: 10 lines, 0 faults\n2 files checked, with the grader's keys answer: 0 faults\n",
    errors: "",
  });
});

test("each fault is printed with file, line, key and remedy, and the code is 1", async () => {
  const assistant = lines(1, 1, { messages: [{ role: "assistant", content: "2" }] });
  const [robot] = lines(1, 2, {
    messages: [
      { role: "robot", content: "a" },
      { role: "user", content: "b" },
    ],
  });
  await write("a.jsonl", [...lines(1), ...assistant, robot ?? "", "nonsense", ...lines(1, 3, { answer: 4 })]);
  const { code, output } = await run("a.jsonl");
  expect(code).toBe(1);
  expect(output.split("\n")).toEqual([
    `a.jsonl:2: "messages" must end with the user's message, not with "assistant"; leave the model's answer out`,
    `a.jsonl:3: "messages" has the role "robot"; use developer, user or assistant`,
    "a.jsonl:4: is not a JSON object; make each line one complete JSON object",
    'a.jsonl:5: "answer" is of type number here, but string in line 1; give the key one type in all lines',
    "a.jsonl: has 5 lines; at least 10 are needed; add examples",
    "a.jsonl: 5 lines, 5 faults",
    "1 file checked, with the grader's keys answer: 5 faults",
    "",
  ]);
});

test("five faults of a kind are printed, and the others counted", async () => {
  await write("a.jsonl", Array(1200).fill("{"));
  const { output } = await run("a.jsonl");
  expect(output.split("\n").slice(4)).toEqual([
    "a.jsonl:5: is not a JSON object; make each line one complete JSON object",
    "and 1,195 more faults of a kind; make each line one complete JSON object",
    "a.jsonl: 1,200 lines, 1,200 faults",
    "1 file checked, with the grader's keys answer: 1,200 faults",
    "",
  ]);
});

test("a line that is not UTF-8 is found, and so is a fault behind it", async () => {
  const bytes = [...lines(3), "\u00ff", ...lines(9, 3), "{"].map((line) => `${line}\n`).join("");
  await write("a.jsonl", Buffer.from(bytes, "latin1"));
  const { output } = await run("a.jsonl");
  expect(output).toMatch(/^a\.jsonl:4: is not UTF-8; save the file as UTF-8\na\.jsonl:14: is not a JSON object/);
});

test("problems that two files ask are faults of the later one, however they are written; repeats in one file are not", async () => {
  await write("training.jsonl", [...lines(11), ...lines(2)]);
  const leaked = JSON.stringify({ messages: [{ role: "user", content: " what  is 7 + 1? " }], answer: "8" });
  await write("validation.jsonl", [...lines(10, 50), leaked]);
  const { code, output } = await run();
  expect(code).toBe(1);
  expect(output).toMatch(/^validation\.jsonl:11: "messages" asks the problem of training\.jsonl, line 8; leave each/);
  expect(output).toMatch(
    /training\.jsonl: 13 lines, 0 faults, 2 repeated problems\nvalidation\.jsonl: 11 lines, 1 fault\n/,
  );
});

test("--grader names the keys that every line needs, as JSON or as Python", async () => {
  await write("a.jsonl", lines(10));
  const grader = { type: "string_check", name: "x", operation: "eq", input: "{{sample.output_text}}" };
  await write("grader.json", [JSON.stringify({ ...grader, reference: "{{item.final}}" })]);
  await write("grader.py", ['def grade(sample, item):\n    return float(item["answer"] == item["unit"])']);
  const asJson = await run("a.jsonl", "--grader", "grader.json");
  expect(asJson.code).toBe(1);
  expect(asJson.output).toMatch(/^a\.jsonl:1: "final" is missing, but the grader reads it; give every line this key/);
  expect(asJson.output).toMatch(/and 5 more faults of a kind.*\n.*\n.*keys final: 10 faults\n$/);
  expect((await run("a.jsonl", "--grader", "grader.py")).output).toMatch(/"unit" is missing[\s\S]*keys answer, unit:/);
});

test.each<[string, string[], RegExp]>([
  ["without files", [], /^There is no file training\.jsonl\. Name the files to check/],
  ["with a missing file", ["good.jsonl", "nope.jsonl"], /^There is no file nope\.jsonl\./],
  ["with a folder", ["folder"], /^There is no file folder\./],
  ["with one file twice", ["good.jsonl", "./good.jsonl"], /^A file is named twice/],
  ["with an unreadable grader", ["good.jsonl", "--grader", "good.jsonl"], /^Cannot read the grader good\.jsonl/],
  ["with a grader that is none", ["good.jsonl", "--grader", "no.json"], /^no\.json is not a grader.*type: Unknown/],
])("called %s it ends with code 2 and what to do", async (_, flags, message) => {
  await write("good.jsonl", lines(10));
  await write("no.json", ["{}"]);
  await mkdir(join(folder, "folder"));
  const { code, output, errors } = await run(...flags);
  expect({ code, output }).toEqual({ code: 2, output: "" });
  expect(errors).toMatch(message);
});
