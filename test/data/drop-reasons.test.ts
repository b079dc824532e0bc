import { describe, expect, test } from "vitest";
import { dropReasonOf } from "../../dist/data/drop-reasons.js";
import type { SourceRow } from "../../dist/data/shard.js";

const sound: SourceRow = {
  problem: "What is $1 + 1$?",
  answer: "2",
  problemType: "Algebra",
  questionType: "math-word-problem",
  source: "test",
  uuid: "1",
  trace: null,
};

describe("a row is dropped for", () => {
  test.each([
    ["no problem", { problem: " \n" }],
    ["no answer", { answer: "" }],
    ["no answer", { answer: "notfound" }],
    ["proof", { questionType: "proof" }],
    ["proof", { answer: "Proof." }],
    ["cut-off answer", { answer: "\\dfrac{4" }],
    ["cut-off answer", { answer: "4}{5}" }],
    ["cut-off answer", { answer: "\\{1, 2\\" }],
    ["image", { problem: "How large is it?\n![](https://example.org/a.png)" }],
    ["image", { problem: "How large is it?\n![a figure](a.png)" }],
  ])("%s: %o", (reason, change) => {
    expect(dropReasonOf({ ...sound, ...change }, "rft")).toBe(reason);
  });
});

describe("a row is kept", () => {
  test.each([
    ["with a choice as its answer", { questionType: "MCQ", answer: "C" }],
    ["with several parts", { problem: "(a) What is $1 + 1$? (b) And $2 + 2$?", answer: "2, 4" }],
    ["with nested braces", { answer: "\\frac{\\sqrt{2}}{2}" }],
    ["with a set", { answer: "\\{1, 2\\}" }],
    ["with a factorial in front of brackets", { problem: "What is $3![2 - 1]$?" }],
  ])("%s", (_, change) => {
    const reason = dropReasonOf({ ...sound, ...change }, "rft");
    expect(reason).toBeNull();
  });
});

test("only the supervised format needs a trace", () => {
  expect(dropReasonOf(sound, "rft")).toBeNull();
  expect(dropReasonOf(sound, "sft")).toBe("no verified trace");
  expect(dropReasonOf({ ...sound, trace: "so 2" }, "sft")).toBeNull();
});
