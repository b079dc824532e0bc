import { describe, expect, test } from "vitest";
import {
  answerPrices,
  baseModelName,
  findModelProfile,
  modelProfiles,
  modelWarning,
} from "../../dist/service/models.js";

test("finds a model whatever its case, with or without its version, and no model that was tuned", () => {
  for (const name of ["o4-mini-2025-04-16", "O4-MINI", "o4-mini"])
    expect(findModelProfile(name)?.name).toBe("o4-mini-2025-04-16");
  expect(findModelProfile("alibaba/Qwen3.6-35B-A3B")?.format).toBe("Alibaba");
  expect(findModelProfile("gpt-4o")).toBeUndefined();
  expect(findModelProfile("o4-mini-2025-04-16.ft-1a2b")).toBeUndefined();
  expect(baseModelName("o4-mini-2025-04-16.ft-1a2b-math")).toBe("o4-mini-2025-04-16");
});

test("names the base and the version of every model, and a source for its dates", () => {
  for (const { name, base, version, source } of modelProfiles) {
    expect([base, `${base}-${version}`]).toContain(name);
    expect(source).toMatch(/^Microsoft's/);
  }
});

test.each([
  [
    "o4-mini-2025-04-16",
    "2026-11-22",
    /retired as a base model on 2026-10-16.*existing customers.*2027-04-16.*2027-10-16/,
  ],
  ["o4-mini-2025-04-16.ft-1a2b", "2026-11-22", /^o4-mini-2025-04-16 retired/],
  ["o4-mini-2025-04-16", "2026-10-01", /^o4-mini-2025-04-16 is trained for existing customers only/],
  ["o4-mini-2025-04-16", "2027-06-01", /could be trained until 2027-04-16/],
  ["gpt-5-2025-08-07", "2026-11-22", /by invitation only/],
  ["gpt-5-2025-08-07", "2027-02-06", /retired as a base model on 2027-02-06/],
  ["gpt-4o-2024-08-06", "2026-11-22", /^gpt-4o-2024-08-06 is not known to take reinforcement/],
  ["gpt-oss-120b", "2026-11-22", /without a word on reinforcement/],
])("warns of %s on %s, with the source and what to use instead", (model, today, warning) => {
  const text = modelWarning(model, today);
  expect(text).toMatch(warning);
  expect(text).toMatch(/read on 2026-11-22\)\. Otherwise use Alibaba\/qwen3\.6-35b-a3b \(North Central US\)\.$/);
});

test("has nothing to say against a model that anyone may train", () => {
  expect(modelWarning("Alibaba/qwen3.6-35b-a3b", "2026-11-22")).toBeNull();
});

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
