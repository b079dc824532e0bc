import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { knownBadOutputs } from "../../dist/evaluate/known-bad.js";
import { mathGrader } from "../../dist/grader/math-grader.js";
import { readGraderCases } from "../../dist/grader/measure.js";
import { runGrader } from "../../dist/grader/run-grader.js";
import { openSandbox } from "../../dist/grader/sandbox.js";

const sandbox = openSandbox();
afterAll(() => sandbox.close());

const problemWith = (answer: string) => ({
  id: "u",
  problemType: "Algebra",
  messages: [
    { role: "developer" as const, content: "Put the final answer in \\boxed{}." },
    { role: "user" as const, content: "What is $x$?" },
  ],
  item: { answer },
});

test("names the right answer among others, and never alone", () => {
  const outputs = Object.fromEntries(
    knownBadOutputs(problemWith("42")).map(({ name, outputText }) => [name, outputText]),
  );
  expect(outputs.empty).toBe("");
  expect(outputs["echo of the prompt"]).toBe("Put the final answer in \\boxed{}.\nWhat is $x$?");
  expect(outputs.hedge).toContain("\\boxed{42 \\text{ or } ");
  expect(outputs["box spam"]).toContain("\\boxed{42}");
  expect(outputs["box spam"]?.trimEnd()).not.toMatch(/boxed\{42\}\$\.$/);
  expect(outputs["length stuffing"]?.length).toBeGreaterThan(2000);
});

test("builds outputs that the math grader pays for their format at most, whatever kind the reference is of", async () => {
  const cases = await readGraderCases(join(__dirname, "../grader/cases.jsonl"));
  const references = [...new Set(cases.map(({ gold }) => gold))].filter((_, i) => i % 4 === 0);
  const outputs = references.flatMap((answer) => knownBadOutputs(problemWith(answer)));
  const runs = await runGrader(sandbox, mathGrader(), outputs);
  const paid = outputs.filter((_, i) => (runs[i]?.sub_rewards.correctness ?? 1) > 0);
  expect(paid.map(({ name, item }) => [name, item.answer])).toEqual([]);
});
