import { describe, expect, test } from "vitest";
import { contentKey, type ResolvedRecipe, recipeHash, recipeSuffix } from "../../dist/job/recipe.js";

const recipe: ResolvedRecipe = {
  name: "math",
  model: "o4-mini-2025-04-16",
  trainingFile: "00000000000000aa",
  validationFile: "00000000000000bb",
  grader: {
    type: "string_check",
    name: "same",
    operation: "eq",
    input: "{{sample.output_text}}",
    reference: "{{item.answer}}",
  },
  hyperparameters: { n_epochs: 2, batch_size: 4 },
  trainingType: "GlobalStandard",
  seed: 1,
};

describe("recipeHash", () => {
  test("does not depend on the order in which keys were written", () => {
    const { seed, grader, ...rest } = recipe;
    const { name, ...others } = grader;
    const reordered = { seed, ...rest, hyperparameters: { batch_size: 4, n_epochs: 2 }, grader: { ...others, name } };
    expect(recipeHash(reordered as ResolvedRecipe)).toBe(recipeHash(recipe));
  });

  test.each<Partial<ResolvedRecipe>>([
    { model: "gpt-5-2025-08-07" },
    { name: "maths" },
    { trainingFile: "00000000000000cc" },
    { validationFile: "00000000000000cc" },
    { grader: { type: "python", name: "same", source: "def grade(sample, item):\n  return 1.0" } },
    { hyperparameters: { n_epochs: 3, batch_size: 4 } },
    { hyperparameters: undefined },
    { trainingType: "Standard" },
    { seed: 2 },
    { seed: undefined },
  ])("changes with %j", (change) => {
    expect(recipeHash({ ...recipe, ...change })).not.toBe(recipeHash(recipe));
  });
});

test("is the same whether a hyperparameter is left out or left to the service by name", () => {
  const spelt = { ...recipe.hyperparameters, eval_samples: "auto", reasoning_effort: "default" } as const;
  expect(recipeHash({ ...recipe, hyperparameters: spelt })).toBe(recipeHash(recipe));
});

test("takes a file for its content, under whatever name it was uploaded, and for its id where the name says nothing", () => {
  const hash = "0123456789abcdef";
  expect(contentKey({ id: "file-1", filename: `training-${hash}.jsonl` })).toBe(hash);
  expect(contentKey({ id: "file-2", filename: `again-${hash}.jsonl` })).toBe(hash);
  expect(contentKey({ id: "file-3", filename: "training.jsonl" })).toBe("file-3");
});

describe("recipeSuffix", () => {
  const hash = recipeHash(recipe);

  test("carries the beginning of the hash and fits Azure's 40 characters", () => {
    expect(recipeSuffix("math", hash)).toBe(`math-${hash.slice(0, 12)}`);
    expect(recipeSuffix("m".repeat(27), hash)).toHaveLength(40);
  });

  test.each(["", "m".repeat(28), "o4.mini", "two words"])("refuses the name %j", (name) => {
    expect(() => recipeSuffix(name, hash)).toThrow(/1 to 27 letters/);
  });
});
