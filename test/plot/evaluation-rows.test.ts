import { describe, expect, test } from "vitest";
import { evaluationRows } from "../../dist/plot/evaluation-rows.js";
import { madeEvaluation } from "../evaluate/made-evaluation.js";

describe("evaluationRows", () => {
  test("words every measure with its interval, and leaves out what was not measured", () => {
    const base = madeEvaluation("base", Array(8).fill([0, 1]));
    const rows = evaluationRows({ base, greedy: null });
    expect(rows).toEqual([
      {
        model: "base",
        answers: "8 × 2, temperature 1",
        reward: expect.stringMatching(/^0\.500 \(0\.\d{3} to 0\.\d{3}\)$/),
        accuracy: expect.stringMatching(/^50\u00a0% \(\d+\u00a0% to \d+\u00a0%\)$/),
        format: "100\u00a0% (90\u00a0% to 100\u00a0%)",
        tokens: "20 (18 to 22)",
        "cut off": 0,
      },
    ]);
  });
});
