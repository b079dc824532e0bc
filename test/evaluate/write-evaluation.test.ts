import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeEvaluation } from "../../dist/evaluate/write-evaluation.js";
import { madeEvaluation } from "./made-evaluation.js";

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "evaluations-")), "out");
});
afterEach(() => rm(join(folder, ".."), { recursive: true }));

const evaluation = madeEvaluation("rft/math", [
  [1, 0],
  [0, 1],
]);

describe("writeEvaluation", () => {
  test("writes every answer as a row of both files", async () => {
    const { arrow, jsonl } = await writeEvaluation(evaluation, folder);
    const table = tableFromIPC(await readFile(arrow));
    const rows = (await readFile(jsonl, "utf8")).trim().split("\n");
    expect([table.numRows, rows.length]).toEqual([4, 4]);
    const expected = {
      problem_id: "u0",
      problem_type: "Algebra",
      problem: "Problem 0",
      output_text: "wrong answer 1",
      final_answer: "0",
      right: false,
      reward: 0.1,
      finish_reason: "stop",
      prompt_tokens: 10,
      completion_tokens: 20,
      reasoning_tokens: 5,
      seconds: 0.1,
      criterion_correctness: 0,
      criterion_format: 1,
    };
    expect(table.get(1)?.toJSON()).toEqual(expected);
    expect(JSON.parse(rows[1] as string)).toEqual(expected);
  });

  test("keeps the summary with the Arrow file", async () => {
    const { arrow } = await writeEvaluation(evaluation, folder);
    const summary = tableFromIPC(await readFile(arrow)).schema.metadata.get("evaluation") ?? "";
    const { samples, ...rest } = evaluation;
    expect(JSON.parse(summary)).toEqual(rest);
  });

  test("gives the same measurement the same name, and another one another", async () => {
    const first = await writeEvaluation(evaluation, folder);
    expect(await writeEvaluation({ ...evaluation, seconds: 9, reused: 4 }, folder)).toEqual(first);
    const other = { ...evaluation, hashes: { ...evaluation.hashes, grader: "other" } };
    expect(await writeEvaluation(other, folder)).not.toEqual(first);
    expect(await readdir(folder)).toHaveLength(4);
    expect(first.arrow).toMatch(/out[/\\]rft_math-[0-9a-f]{16}\.arrow$/);
  });

  test("writes a column of nulls where no sample has an answer", async () => {
    const samples = evaluation.samples.map((sample) => ({ ...sample, finalAnswer: null }));
    const { arrow } = await writeEvaluation({ ...evaluation, samples }, folder);
    expect(
      tableFromIPC(await readFile(arrow))
        .get(0)
        ?.toJSON(),
    ).toMatchObject({ final_answer: null });
  });
});
