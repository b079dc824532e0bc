import { afterAll, expect, test } from "vitest";
import { parseFormula } from "../../dist/grader/formula.js";
import { mathGrader } from "../../dist/grader/math-grader.js";
import { rubricGrader } from "../../dist/grader/rubric-grader.js";
import { runGrader } from "../../dist/grader/run-grader.js";
import { openSandbox } from "../../dist/grader/sandbox.js";
import { validateGrader } from "../../dist/grader/validate-grader.js";
import { UserError } from "../../dist/util/errors.js";

const sandbox = openSandbox();
afterAll(() => sandbox.close());

const grader = rubricGrader({ model: "gpt-4.1-mini" });
const reward = (formula: string, scores: Record<string, number>): number => parseFormula(formula).evaluate(scores);
const all = (score: number): Record<string, number> => ({
  correctness: score,
  format: score,
  reasoning: score,
  completeness: score,
  rubric: score,
});

test("adds a part that the service takes, with a score from 0 to 1", () => {
  expect(validateGrader(grader)).toEqual([]);
  expect(Object.keys(grader.graders)).toEqual(["correctness", "format", "reasoning", "completeness", "rubric"]);
  expect(grader.graders.rubric).toMatchObject({ type: "score_model", model: "gpt-4.1-mini", range: [0, 1] });
});

test("pays 1 for the best answer, and the weight for the rubric alone", () => {
  const { calculate_output } = rubricGrader({ model: "gpt-4.1-mini", weight: 0.25 });
  expect(reward(calculate_output, all(1))).toBeCloseTo(1, 12);
  expect(reward(calculate_output, { ...all(1), rubric: 0 })).toBeCloseTo(0.75, 12);
  const { calculate_output: math } = mathGrader();
  const some = { correctness: 1, format: 1, reasoning: 0.4, completeness: 0, rubric: 0.5 };
  expect(reward(calculate_output, some)).toBeCloseTo(0.75 * reward(math, some) + 0.125, 12);
});

test("pays a wrong answer nothing for its reasoning, however the model likes it", () => {
  const wrong = { ...all(1), correctness: 0 };
  expect(reward(grader.calculate_output, wrong)).toBeCloseTo(0.09, 12);
  expect(reward(grader.calculate_output, { ...all(0), correctness: 1 })).toBeCloseTo(0.72, 12);
});

test("says that it needs the service when it is run here", async () => {
  const samples = [{ outputText: "\\boxed{1}", item: { answer: "1" } }];
  await expect(runGrader(sandbox, grader, samples)).rejects.toThrow(
    'The grader "rubric" needs the model gpt-4.1-mini, so it runs only on Azure.',
  );
});

test.each([0, 1, -0.1, Number.NaN])("refuses the weight %d", (weight) => {
  expect(() => rubricGrader({ model: "gpt-4.1-mini", weight })).toThrow(UserError);
});
