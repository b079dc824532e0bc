import { describe, expect, test } from "vitest";
import { type DropRules, dropReasonOf } from "../../dist/data/drop-reasons.js";
import type { DroppableKind } from "../../dist/data/question-kinds.js";
import type { SourceRow } from "../../dist/data/shard.js";

const sound: SourceRow = {
  number: 1,
  problem: "What is $1 + 1$?",
  answer: "2",
  problemType: "Algebra",
  questionType: "math-word-problem",
  source: "test",
  uuid: "1",
  trace: null,
};
const rules: DropRules = { format: "rft", drop: ["proof", "image"] };

describe("a row is dropped for", () => {
  test.each([
    ["no problem", { problem: " \n" }],
    ["no answer", { answer: "" }],
    ["no answer", { answer: "notfound" }],
    ["cut-off answer", { answer: "\\dfrac{4" }],
    ["cut-off answer", { answer: "4}{5}" }],
    ["cut-off answer", { answer: "\\{1, 2\\" }],
  ])("%s: %o", (reason, change) => {
    expect(dropReasonOf({ ...sound, ...change }, "single question", rules)).toBe(reason);
  });
});

describe("a row is kept", () => {
  test.each([
    ["with nested braces", "\\frac{\\sqrt{2}}{2}"],
    ["with a set", "\\{1, 2\\}"],
  ])("%s", (_, answer) => {
    expect(dropReasonOf({ ...sound, answer }, "single question", rules)).toBeNull();
  });
});

test.each<[DroppableKind]>([["proof"], ["image"], ["multiple choice"], ["several parts"]])(
  "%s is dropped where asked for, and kept otherwise",
  (kind) => {
    expect(dropReasonOf(sound, kind, { ...rules, drop: [kind] })).toBe(kind);
    expect(dropReasonOf(sound, kind, { ...rules, drop: [] })).toBeNull();
  },
);

test("only the supervised format needs a trace", () => {
  const supervised: DropRules = { ...rules, format: "sft" };
  expect(dropReasonOf(sound, "single question", rules)).toBeNull();
  expect(dropReasonOf(sound, "single question", supervised)).toBe("no verified trace");
  expect(dropReasonOf({ ...sound, trace: Buffer.from("so 2") }, "single question", supervised)).toBeNull();
});
