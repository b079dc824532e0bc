import { afterAll, describe, expect, test } from "vitest";
import { answersEqual, explainAnswers } from "../../dist/grader/answers.js";
import { openSandbox } from "../../dist/grader/sandbox.js";

const sandbox = openSandbox();
afterAll(() => sandbox.close());

describe("answers", () => {
  test("are equal where the reward says so", async () => {
    const pairs = [
      { gold: "\\frac12", pred: "0.5" },
      { gold: "\\frac12", pred: "0.6" },
      { gold: "(1, 2)", pred: "(2, 1)" },
    ];
    expect(await answersEqual(sandbox, pairs)).toEqual([true, false, false]);
  });

  test("that were cut off do not even equal themselves", async () => {
    const cutOff = ["\\dfrac{4", "$$", "\\,", "\\{-1, 0\\", "\\sqrt{2", "(-\\infty, -5] \\cup \\{-4\\", ""];
    const whole = ["\\dfrac{4}{5}", "\\{-1, 0\\}", "[0, 1)", "\\left\\{ x \\right.", "Thursday"];
    const same = (answers: string[]): Promise<boolean[]> =>
      answersEqual(
        sandbox,
        answers.map((answer) => ({ gold: answer, pred: answer })),
      );
    expect(await same(cutOff)).toEqual(cutOff.map(() => false));
    expect(await same(whole)).toEqual(whole.map(() => true));
  });

  test("are explained with their scores and how they were read", async () => {
    const [explanation] = await explainAnswers(sandbox, [{ answer: "x \\ge 2", output: "so \\boxed{[2, \\infty)}" }]);
    expect(explanation).toMatchObject({
      correctness: 1,
      format: 1,
      reasoning: 0,
      extracted: "[2, \\infty)",
      reference_form: "region x in [2, oo)",
      answer_form: "region [2, oo)",
    });
  });

  test("are explained where there is none", async () => {
    const [explanation] = await explainAnswers(sandbox, [{ answer: "2", output: "no idea" }]);
    expect(explanation).toMatchObject({ total: 0, extracted: null, answer_form: null });
  });
});
