import { describe, expect, test } from "vitest";
import type { KeptAnswers } from "../../dist/evaluate/answer-cache.js";
import { compareEvaluations } from "../../dist/evaluate/compare.js";
import type { FoundRun } from "../../dist/job/find-run.js";
import { comparisonRows, evaluationRows, runRows } from "../../dist/plot/rows.js";
import { madeEvaluation } from "../evaluate/made-evaluation.js";

describe("evaluationRows", () => {
  test("words every measure with its interval, and leaves out what was not measured", () => {
    const base = madeEvaluation("base", Array(8).fill([0, 1]));
    const rows = evaluationRows({ base, greedy: null });
    expect(rows).toEqual([
      {
        model: "base",
        answers: "8 × 2, temperature 1",
        reward: expect.stringMatching(/^0\.50 \(0\.\d\d to 0\.\d\d\)$/),
        accuracy: expect.stringMatching(/^50\u00a0% \(\d+\u00a0% to \d+\u00a0%\)$/),
        format: "100\u00a0% (90\u00a0% to 100\u00a0%)",
        tokens: "20 (18 to 22)",
        "cut off": 0,
      },
    ]);
  });
});

const often = (values: number[]): number[][] => Array.from({ length: 20 }, () => values);
const measures = (base: number[], tuned: number[]): string[] =>
  comparisonRows(compareEvaluations(madeEvaluation("base", often(base)), madeEvaluation("tuned", often(tuned)))).map(
    ({ measure }) => measure,
  );

describe("comparisonRows", () => {
  test("words both models and their difference, with intervals", () => {
    const comparison = compareEvaluations(
      madeEvaluation("base", often([0, 1, 0, 0])),
      madeEvaluation("tuned", often([1, 1, 1, 0])),
    );
    expect(comparisonRows(comparison).find(({ measure }) => measure === "accuracy")).toEqual({
      measure: "accuracy",
      base: expect.stringMatching(/^25\u00a0% \(/),
      tuned: expect.stringMatching(/^75\u00a0% \(/),
      difference: expect.stringMatching(/^\+50\.0 \(\+\d+\.\d to \+\d+\.\d\) points$/),
    });
  });

  test("tells what several answers are worth only where there are several", () => {
    expect(measures([0, 1, 0, 0], [1, 1, 1, 0])).toContain("one of 4 right (pass@4)");
    expect(measures([0], [1])).toEqual(["reward", "accuracy", "format", "tokens an answer"]);
  });
});

test("runRows lists what was found, then the answers that are kept of the base and of the run's own model", () => {
  const kept = (deployment: string, model: string) => ({
    source: { deployment, model, decoding: "temperature 1" },
    answers: 800,
    written: "2026-01-02T03:04Z",
  });
  const job = { what: "job, succeeded", id: "ftjob-1", created: "2026-01-01T00:00Z" };
  const run = { job: { fine_tuned_model: "o4-mini.ft-1-math" }, deployment: "rft-math", found: [job] };
  const answers = [
    kept("rft-math", "o4-mini.ft-1-math"),
    kept("o4-mini", "o4-mini"),
    kept("rft-math", "o4-mini.ft-2-math"),
  ];
  expect(runRows(run as unknown as FoundRun, answers as unknown as KeptAnswers[])).toEqual([
    job,
    { what: "800 answers, temperature 1", id: "rft-math", created: "2026-01-02T03:04Z" },
    { what: "800 answers, temperature 1", id: "o4-mini", created: "2026-01-02T03:04Z" },
  ]);
});
