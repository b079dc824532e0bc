import { describe, expect, test } from "vitest";
import { textSimilarity } from "../../dist/grader/text-metrics.js";

describe("text similarity", () => {
  test("by fuzzy match is the share of characters in the longest common subsequence", () => {
    expect(textSimilarity("fuzzy_match", "abcd", "abcd")).toBe(1);
    expect(textSimilarity("fuzzy_match", "abcd", "abxd")).toBe(0.75);
    expect(textSimilarity("fuzzy_match", "abc", "xyz")).toBe(0);
    expect(textSimilarity("fuzzy_match", "", "")).toBe(1);
  });

  test("by ROUGE counts shared word groups", () => {
    expect(textSimilarity("rouge_1", "the cat sat", "The cat ran")).toBeCloseTo(2 / 3);
    expect(textSimilarity("rouge_2", "the cat sat", "the cat ran")).toBeCloseTo(1 / 2);
    expect(textSimilarity("rouge_l", "the cat sat down", "the dog sat up")).toBeCloseTo(1 / 2);
    expect(textSimilarity("rouge_3", "two words", "two words")).toBe(0);
  });

  test("is not computed here for metrics that need word lists", () => {
    expect(textSimilarity("meteor", "a", "a")).toBeUndefined();
  });
});
