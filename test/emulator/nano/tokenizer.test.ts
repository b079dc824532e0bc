/** @module The tokenizer. */
import { describe, expect, test } from "vitest";
import { generateProblem, workedSolution } from "../../../dist/emulator/nano/problems.js";
import { noisyAnswer } from "../../../dist/emulator/nano/teacher.js";
import { countTokens, decode, encode, encodePrompt, numberToken } from "../../../dist/emulator/nano/tokenizer.js";
import { seededRandom } from "../../../dist/util/random.js";

describe("the tokenizer", () => {
  test("gives back every problem and every answer of the teacher", () => {
    const random = seededRandom(3);
    for (let i = 0; i < 500; i++) {
      const problem = generateProblem(random);
      for (const text of [problem.statement, workedSolution(problem), noisyAnswer(problem, random)]) {
        expect(decode(encode(text))).toBe(text);
      }
    }
  });

  test("gives back any printable ASCII text", () => {
    const text = "Let \\alpha = {x | x^2 <= \"1,234.50\"}; 007 ~ #42\n%&*() 1000000 [a]_b `c` 'd' @!";
    expect(decode(encode(text))).toBe(text);
  });

  test("makes one token of a number below 200, and digits of a larger one", () => {
    expect(encode("199")).toEqual([numberToken(199)]);
    expect(countTokens("200")).toBe(3);
    expect(countTokens("1234")).toBe(4);
    expect(countTokens("05")).toBe(2);
  });

  test("marks what it does not know instead of failing", () => {
    expect(decode(encode("π ≈ 3 🙂"))).toBe("\ufffd \ufffd 3 \ufffd");
  });

  test("keeps the end of a prompt that is too long", () => {
    const tokens = encodePrompt(`${"far away ".repeat(100)}What is $2 + 2$?`, 32);
    expect(tokens).toHaveLength(32);
    expect(decode(tokens)).toMatch(/What is \$2 \+ 2\$\?$/);
  });
});
