import { describe, expect, test } from "vitest";
import {
  type Candidate,
  type DroppableKind,
  dropReasonOf,
  questionKindOf,
  type ScreenSettings,
} from "../../dist/data/screen-rows.js";

const plain = { problem: "What is $1 + 1$?", answer: "2", questionType: "math-word-problem" };

describe("a question is recognised as", () => {
  test.each([
    ["proof", { questionType: "proof" }],
    ["proof", { answer: "Proof." }],
    ["proof", { problem: "Let $a > 0$. Prove that $a + \\frac{1}{a} \\ge 2$." }],
    ["image", { problem: "How large is it?\n![](https://example.org/a.png)" }],
    ["image", { problem: "How large is it?\n![a figure](a.png)" }],
    ["multiple choice", { questionType: "MCQ" }],
    ["multiple choice", { problem: "Which is even? (A) 1 (B) 2 (C) 3" }],
    ["multiple choice", { problem: "$\\textbf{(A)}\\ 1 \\qquad \\textbf{(B)}\\ 2 \\qquad \\textbf{(C)}\\ 3$" }],
    ["multiple choice", { problem: "Then it is\nA. odd\nB. even\nC. neither" }],
    ["several parts", { problem: "(a) What is $1 + 1$? (b) And $2 + 2$?" }],
    ["several parts", { problem: "Find:\n(i) the sum\n(ii) the product" }],
    ["several parts", { problem: "Let $x = 2$.\n1) Find $x^2$.\n2) Find $x^3$." }],
    ["single question", {}],
    ["single question", { problem: "What is $3![2 - 1]$?" }],
    ["single question", { problem: "Find $f(1)$ and $f(2)$ for the points A, B, C." }],
    ["single question", { problem: "Show that $a$ is even, and find the largest such $a$." }],
    ["single question", { problem: "What follows from equation (1) and from (2)?" }],
  ])("%s: %o", (kind, change) => {
    expect(questionKindOf({ ...plain, ...change })).toBe(kind);
  });
});

const row: Candidate["row"] = {
  number: 1,
  problem: "What is $1 + 1$?",
  answer: "2",
  problemType: "Algebra",
  questionType: "math-word-problem",
  source: "test",
  uuid: "1",
  trace: null,
};
const sound: Candidate = {
  row,
  questionKind: "single question",
  check: { kind: "number", matchesItself: true, traceAnswer: null, matchesTrace: null },
  isRepeat: false,
  promptTokens: () => 100,
};
const settings: ScreenSettings = {
  format: "rft",
  drop: ["proof", "image"],
  maxPromptTokens: 100,
  seed: 42,
  validationFraction: 0.1,
  testFraction: 0,
};

describe("a row is dropped for", () => {
  test.each([
    ["no problem", { problem: " \n" }],
    ["no answer", { answer: "" }],
    ["no answer", { answer: "notfound" }],
    ["cut-off answer", { answer: "\\dfrac{4" }],
    ["cut-off answer", { answer: "4}{5}" }],
    ["cut-off answer", { answer: "\\{1, 2\\" }],
  ])("%s: %o", (reason, change) => {
    expect(dropReasonOf({ ...sound, row: { ...row, ...change } }, settings)).toBe(reason);
  });

  test.each<[string, Partial<Candidate>]>([
    ["answer does not match itself", { check: null }],
    ["repeat", { isRepeat: true }],
    ["prompt too long", { promptTokens: () => 101 }],
  ])("%s", (reason, change) => {
    expect(dropReasonOf({ ...sound, ...change }, settings)).toBe(reason);
  });

  test("the first reason in the table, and no tokens are counted for it", () => {
    const promptTokens = (): number => expect.fail("counted");
    const repeat = { ...sound, isRepeat: true, promptTokens };
    expect(dropReasonOf(repeat, settings)).toBe("repeat");
    expect(dropReasonOf({ ...repeat, check: null }, settings)).toBe("answer does not match itself");
    expect(dropReasonOf({ ...repeat, check: null, row: { ...row, answer: "" } }, settings)).toBe("no answer");
  });
});

describe("a row is kept", () => {
  test.each([
    ["with nested braces", "\\frac{\\sqrt{2}}{2}"],
    ["with a set", "\\{1, 2\\}"],
  ])("%s", (_, answer) => {
    expect(dropReasonOf({ ...sound, row: { ...row, answer } }, settings)).toBeNull();
  });
});

test.each<[DroppableKind]>([["proof"], ["image"], ["multiple choice"], ["several parts"]])(
  "%s is dropped on request, and kept otherwise",
  (questionKind) => {
    expect(dropReasonOf({ ...sound, questionKind }, { ...settings, drop: [questionKind] })).toBe(questionKind);
    expect(dropReasonOf({ ...sound, questionKind }, { ...settings, drop: [] })).toBeNull();
  },
);

test("only the supervised format needs a trace", () => {
  const supervised: ScreenSettings = { ...settings, format: "sft" };
  expect(dropReasonOf(sound, settings)).toBeNull();
  expect(dropReasonOf(sound, supervised)).toBe("no verified trace");
  expect(dropReasonOf({ ...sound, row: { ...row, trace: Buffer.from("so 2") } }, supervised)).toBeNull();
});
