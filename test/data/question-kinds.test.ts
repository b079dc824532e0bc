import { describe, expect, test } from "vitest";
import { questionKindOf } from "../../dist/data/question-kinds.js";

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
