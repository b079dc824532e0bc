import { describe, expect, test } from "vitest";
import { answerPrices } from "../../dist/job/prices.js";

describe("answerPrices", () => {
  test("knows o4-mini, tuned or not", () => {
    const prices = { inputMillionTokens: 1.1, outputMillionTokens: 4.4 };
    expect(answerPrices("o4-mini-2025-04-16")).toMatchObject(prices);
    expect(answerPrices("o4-mini-2025-04-16.ft-0123-math")).toMatchObject(prices);
  });

  test("says nothing of models whose price was not read", () => {
    expect(answerPrices("gpt-5-2025-08-07")).toBeUndefined();
    expect(answerPrices("another")).toBeUndefined();
  });
});
