import { expect, test } from "vitest";
import { type CostQuestion, estimateCost } from "../../dist/job/costs.js";

const question: CostQuestion = {
  model: "o4-mini-2025-04-16",
  trainingLines: 1001,
  hyperparameters: { batch_size: 8, n_epochs: 2 },
  grader: { type: "python", name: "reward", source: "" },
  budget: 450,
};

function line(item: string, changes: Partial<CostQuestion> = {}) {
  return estimateCost({ ...question, ...changes }).find((found) => found.item === item);
}

test("gives training as a range up to the budget, with the hours that it pays for and the steps", () => {
  expect(line("Training")?.cost).toBe("$0 to $450");
  expect(line("Training")?.note).toMatch(/^252 steps; the budget pays for 4.5 hours at \$100/);
});

test("does not guess the steps that the service chooses", () => {
  expect(line("Training", { hyperparameters: { batch_size: "auto", n_epochs: 2 } })?.note).toContain("service chooses");
  expect(line("Training", { hyperparameters: undefined })?.note).toContain("service chooses");
});

test("names the models that a grader calls, and no cost where it calls none", () => {
  const judge = { type: "score_model" as const, name: "judge", model: "gpt-4.1-mini", input: [] };
  const multi = { type: "multi" as const, name: "both", graders: { judge }, calculate_output: "judge" };
  expect(line("Grading")).toMatchObject({ cost: "$0" });
  expect(line("Grading", { grader: multi })).toMatchObject({
    cost: "by tokens",
    note: expect.stringContaining("gpt-4.1-mini"),
  });
});

test("counts what a thousand graded answers cost where the grading model's price is known", () => {
  const rubric = "x".repeat(4_000);
  const judge = {
    type: "score_model" as const,
    name: "judge",
    model: "o3-mini-2025-01-31",
    input: [{ role: "user", content: rubric }],
  };
  expect(line("Grading", { grader: judge })).toMatchObject({
    cost: "$3.52 per 1,000 answers",
    note: expect.stringMatching(/2000 tokens in and 300 out/),
  });
});

test("names the limit at which jobs pause themselves, where the model has one", () => {
  expect(line("Limit")?.cost).toBe("$5,000");
  expect(line("Limit", { model: "gpt-5-2025-08-07" })?.cost).toBe("none");
});

test("says where its prices come from, and gives no number for models whose prices it has not read", () => {
  expect(line("Hosting")).toMatchObject({
    cost: "$1.70 per hour",
    source: expect.stringMatching(/read on \d{4}-\d\d-\d\d$/),
  });
  for (const item of ["Training", "Hosting", "Answers"])
    expect(line(item, { model: "Alibaba/qwen3.6-35b-a3b" })?.cost).not.toMatch(/\d/);
});
