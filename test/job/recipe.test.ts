import { describe, expect, it } from "vitest";
import { type ResolvedRecipe, recipeHash, recipeSuffix } from "../../dist/job/recipe.js";

const recipe: ResolvedRecipe = {
  model: "o4-mini-2025-04-16",
  trainingFileName: "training-aa.jsonl",
  validationFileName: "validation-bb.jsonl",
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
  it("does not depend on the order in which keys were written", () => {
    const { seed, grader, ...rest } = recipe;
    const { name, ...others } = grader;
    const reordered = { seed, ...rest, hyperparameters: { batch_size: 4, n_epochs: 2 }, grader: { ...others, name } };
    expect(recipeHash(reordered as ResolvedRecipe)).toBe(recipeHash(recipe));
  });

  it.each<Partial<ResolvedRecipe>>([
    { model: "gpt-5-2025-08-07" },
    { trainingFileName: "training-cc.jsonl" },
    { validationFileName: "validation-cc.jsonl" },
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

describe("recipeSuffix", () => {
  const hash = recipeHash(recipe);

  it("carries the beginning of the hash and fits Azure's 40 characters", () => {
    expect(recipeSuffix("math", hash)).toBe(`math-${hash.slice(0, 12)}`);
    expect(recipeSuffix("m".repeat(27), hash)).toHaveLength(40);
  });

  it.each(["", "m".repeat(28), "o4.mini", "two words"])("refuses the name %j", (name) => {
    expect(() => recipeSuffix(name, hash)).toThrow(/1 to 27 letters/);
  });
});
