import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readEvaluationProblems } from "../../dist/evaluate/problems.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "problems-"));
});
afterAll(() => rm(folder, { recursive: true }));

const line = (n: number): string =>
  JSON.stringify({
    messages: [
      { role: "developer", content: "Solve." },
      { role: "user", content: `What is ${n} + 1?` },
    ],
    answer: String(n + 1),
    uuid: `u${n}`,
    problem_type: "Algebra",
    source: "test",
  });

async function fileOf(lines: string[]): Promise<string> {
  const file = join(folder, `${Math.random()}.jsonl`);
  await writeFile(file, `${lines.join("\n")}\n`);
  return file;
}

describe("readEvaluationProblems", () => {
  test("reads prompt, id and type, and leaves every other key to the grader", async () => {
    const [problem] = await readEvaluationProblems(await fileOf([line(1), line(2)]));
    expect(problem).toEqual({
      id: "u1",
      problemType: "Algebra",
      messages: [
        { role: "developer", content: "Solve." },
        { role: "user", content: "What is 1 + 1?" },
      ],
      item: { answer: "2", uuid: "u1", problem_type: "Algebra", source: "test" },
    });
  });

  test("draws the same problems for the same seed, in the file's order, and others for another seed", async () => {
    const file = await fileOf(Array.from({ length: 100 }, (_, i) => line(i)));
    const idsOf = async (seed: number): Promise<string[]> =>
      (await readEvaluationProblems(file, { limit: 10, seed })).map(({ id }) => id);
    const first = await idsOf(1);
    expect(new Set(first).size).toBe(10);
    expect(first.map((id) => Number(id.slice(1)))).toEqual(
      first.map((id) => Number(id.slice(1))).sort((a, b) => a - b),
    );
    expect(await idsOf(1)).toEqual(first);
    expect(await idsOf(2)).not.toEqual(first);
  });

  test("draws from the whole file", async () => {
    const file = await fileOf(Array.from({ length: 1000 }, (_, i) => line(i)));
    const drawn = await readEvaluationProblems(file, { limit: 200 });
    const late = drawn.filter(({ id }) => Number(id.slice(1)) >= 500).length;
    expect(late).toBeGreaterThan(70);
    expect(late).toBeLessThan(130);
  });

  test("names the file and the line that cannot be read", async () => {
    const broken = await fileOf([line(1), '{"messages": [']);
    await expect(readEvaluationProblems(broken)).rejects.toThrow(`${broken}, line 2`);
    const answered = await fileOf(['{"messages": [{"role": "assistant", "content": "2"}]}']);
    await expect(readEvaluationProblems(answered)).rejects.toThrow(/problem 1 does not end with the user's message/);
    await expect(readEvaluationProblems(join(folder, "absent.jsonl"))).rejects.toMatchObject({
      name: "DataError",
      message: expect.stringContaining("absent.jsonl"),
    });
  });
});
