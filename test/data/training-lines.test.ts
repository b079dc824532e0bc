import { expect, test } from "vitest";
import { loadPromptTokenCount } from "../../dist/data/training-lines.js";

test("a prompt's tokens are those of the instruction and of the problem", async () => {
  const count = await loadPromptTokenCount("rft");
  expect(count("What is $1 + 1$?") - count("")).toBe(9);
  expect(count("")).toBeGreaterThan(20);
});

test("marks of the encoding count as plain text", async () => {
  const count = await loadPromptTokenCount("sft");
  expect(count("<|endoftext|>") - count("")).toBeGreaterThan(1);
});
