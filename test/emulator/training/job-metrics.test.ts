import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import { jobMetrics, resultsCsv } from "../../../dist/emulator/training/job-metrics.js";
import type { TrainedStep } from "../../../dist/emulator/training/training-worker.js";
import type { Grader } from "../../../dist/service/graders.js";
import { answerGrader } from "../harness.js";

const fourRuns = {
  runs: 4,
  sampleParse: 1,
  invalidVariable: 0,
  pythonRuntime: 0,
  pythonServer: 0,
  unresponsive: 0,
  other: 0,
  seconds: 1,
};

const counts = {
  whole: fourRuns,
  parts: { "a, b": { ...fourRuns, sampleParse: 0, pythonRuntime: 3 }, form: fourRuns },
};

function step(number: number, validRewardMean: number | null): TrainedStep {
  return {
    kind: "step",
    errors: { train: counts, valid: counts },
    report: {
      step: number,
      totalSteps: 2,
      trainRewardMean: 0.5,
      trainCriteria: { "a, b": 0.25, form: 1 },
      validRewardMean,
      validCriteria: validRewardMean === null ? null : { "a, b": 0.125, form: 0.75 },
      completionTokensMean: 20,
      reasoningTokensMean: 15,
      validReasoningTokensMean: validRewardMean === null ? null : 16,
      evaluated: validRewardMean !== null,
      seconds: { sampling: 1, grading: 2, training: 3, evaluation: 4 },
    },
  };
}

const grader: Grader = {
  type: "multi",
  name: "both",
  graders: { "a, b": answerGrader, form: answerGrader },
  calculate_output: "form",
};

test("has a row for each step, with blanks where a step did not evaluate", () => {
  const csv = resultsCsv([step(1, null), step(2, 0.6)].map((one) => jobMetrics(one, grader)));
  const rows = parse<Record<string, string>>(csv, { columns: true });
  expect(rows[0]).toMatchObject({
    step: "1",
    train_mean_reward: "0.5",
    full_valid_mean_reward: "",
    reasoning_tokens_mean: "15",
  });
  expect(rows[1]).toMatchObject({
    step: "2",
    full_valid_mean_reward: "0.6",
    completion_tokens_mean: "20",
    sampling_duration: "3",
    total_duration: "10",
    "scores/graders/string_check/a, b/train_reward_mean": "0.25",
    "scores/graders/string_check/a, b/valid_reward_mean": "0.125",
    "scores/graders/string_check/form/valid_reward_mean": "0.75",
    "errors/graders/multi/both/errors/train_sample_parse_error_mean": "0.25",
    "errors/graders/multi/both/errors/valid_other_error_mean": "0",
    "errors/graders/string_check/a, b/errors/train_python_grader_runtime_error_mean": "0.75",
    "errors/graders/string_check/form/errors/train_python_grader_runtime_error_mean": "0",
    "errors/graders/string_check/form/errors/valid_sample_parse_error_mean": "0.25",
    train_sample_parse_error_count: "1",
    train_other_error_count: "0",
  });
});

test("leaves the errors of validation blank where a step did not evaluate", () => {
  const [row] = parse<Record<string, string>>(resultsCsv([jobMetrics(step(1, null), grader)]), { columns: true });
  expect(row).toMatchObject({
    "errors/graders/string_check/form/errors/train_sample_parse_error_mean": "0.25",
    "errors/graders/string_check/form/errors/valid_sample_parse_error_mean": "",
  });
});
