import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { expect, test } from "vitest";
import { countCharacters, type ProblemRow, ProblemsTable, readProblems } from "../../dist/data/problems-table.js";
import { temporaryFolder } from "./shards.js";

const kept: ProblemRow = {
  uuid: "1",
  split: "training",
  source: "test",
  problemType: "Algebra",
  questionKind: "single question",
  answer: "\\frac{1}{2}",
  answerKind: "number",
  promptTokens: 31,
  traceCharacters: null,
  dropped: null,
};
const dropped: ProblemRow = {
  ...kept,
  split: null,
  answerKind: null,
  promptTokens: null,
  traceCharacters: 7,
  dropped: "proof",
};

test("the rows of all batches come back in order", async () => {
  const file = join(await temporaryFolder(), "problems.arrow");
  const table = new ProblemsTable(file);
  await table.write([kept, dropped]);
  await table.write([dropped]);
  await table.finish();
  expect(await readProblems(file)).toEqual([kept, dropped, dropped]);
});

test("the file has plain columns, one record batch for each write", async () => {
  const file = join(await temporaryFolder(), "problems.arrow");
  const table = new ProblemsTable(file);
  await table.write([kept]);
  await table.write([dropped]);
  await table.finish();
  const read = tableFromIPC(await readFile(file));
  expect(read.batches).toHaveLength(2);
  expect(read.schema.fields.map(({ name, type }) => `${name}: ${type}`)).toEqual([
    "uuid: Utf8",
    "split: Utf8",
    "source: Utf8",
    "problem_type: Utf8",
    "question_kind: Utf8",
    "answer: Utf8",
    "answer_kind: Utf8",
    "prompt_tokens: Int32",
    "trace_characters: Int32",
    "dropped: Utf8",
  ]);
});

test("a folder that is not there surfaces at the latest when the file is finished", async () => {
  const table = new ProblemsTable("/nowhere/problems.arrow");
  await expect(table.finish()).rejects.toThrow(/ENOENT/);
});

test("a missing or foreign file says how to write it", async () => {
  const folder = await temporaryFolder();
  await expect(readProblems(join(folder, "problems.arrow"))).rejects.toThrow(/problems\.arrow.*npm run prepare-data/);
  await writeFile(join(folder, "other.arrow"), "not a table, but long enough to look like one");
  await expect(readProblems(join(folder, "other.arrow"))).rejects.toThrow(/other\.arrow is not an Arrow file/);
});

test("characters are counted as people count them", () => {
  for (const counted of ["", "plain", "Größe √2 \u2028 𝔽₇ \u0000"]) {
    expect(countCharacters(Buffer.from(counted))).toBe([...counted].length);
  }
});
