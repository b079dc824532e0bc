/**
 * One training step as the service reports it: numbers, and a line of text.
 * @module
 */

import type { Grader } from "../../service/graders.js";
import type { GraderMetrics, JobMetrics } from "../../service/jobs.js";
import type { StepReport } from "../nano/grpo.js";
import type { ErrorCounts, GraderCounts } from "./reward.js";
import type { TrainedStep } from "./training-worker.js";

/** A part of the grader, as metrics name it. */
export interface GraderPart {
  name: string;
  type: string;
}

/** The parts whose means are reported: those of a multi grader under their keys, or the grader itself. */
function graderParts(grader: Grader): GraderPart[] {
  if (grader.type !== "multi") return [{ name: grader.name, type: grader.type }];
  return Object.entries(grader.graders).map(([name, { type }]) => ({ name, type }));
}

/** No grader that runs here asks a model. */
const noTokens = Object.fromEntries(
  ["train", "valid"].flatMap((split) =>
    ["prompt", "completion"].flatMap((kind) => [
      [`${split}_${kind}_tokens_mean`, null],
      [`${split}_${kind}_tokens_count`, null],
    ]),
  ),
);

/** The metrics of a step; what speaks of validation is null where the step did not evaluate. */
export function jobMetrics({ report, errors }: TrainedStep, grader: Grader): JobMetrics {
  const { seconds } = report;
  const { train } = errors;
  const valid = report.validRewardMean === null ? null : errors.valid;
  const parts = graderParts(grader);
  return {
    step: report.step,
    total_steps: report.totalSteps,
    train_mean_reward: report.trainRewardMean,
    full_valid_mean_reward: report.validRewardMean,
    full_valid_mean_parse_error: valid && share(valid.whole, "sampleParse"),
    reasoning_tokens_mean: report.reasoningTokensMean,
    completion_tokens_mean: report.completionTokensMean,
    valid_reasoning_tokens_mean: report.validReasoningTokensMean,
    mean_unresponsive_rewards: share(train.whole, "unresponsive"),
    scores: {
      train_reward_mean: report.trainRewardMean,
      valid_reward_mean: report.validRewardMean,
      graders: parts.map((part) => partMetrics(part, report)),
    },
    errors: { graders: errorEntries(grader, train, valid) },
    usage: {
      graders: parts.map((part) => ({ ...part, model: null, ...noTokens })),
      samples: {
        train_completion_tokens_count: Math.round(report.completionTokensMean * train.whole.runs),
        train_reasoning_tokens_mean: report.reasoningTokensMean,
        train_reasoning_tokens_count: Math.round(report.reasoningTokensMean * train.whole.runs),
        valid_reasoning_tokens_mean: report.validReasoningTokensMean,
        valid_reasoning_tokens_count: valid && Math.round((report.validReasoningTokensMean ?? 0) * valid.whole.runs),
      },
    },
    timing: {
      step: {
        sampling: seconds.sampling + seconds.grading,
        training: seconds.training,
        eval: seconds.evaluation,
        full_iteration: seconds.sampling + seconds.grading + seconds.training + seconds.evaluation,
      },
      graders: parts.map((part) => ({
        ...part,
        train_execution_latency_mean: share(countsOf(part, train), "seconds"),
        valid_execution_latency_mean: valid && share(countsOf(part, valid), "seconds"),
      })),
    },
    model_graders_token_usage: {},
  };
}

/** The tokens that the answers of these steps hold, which is what was trained on. */
export function trainedTokens(steps: JobMetrics[]): number {
  const counts = steps.map(({ usage }) => (usage as StepUsage).samples.train_completion_tokens_count);
  return counts.reduce((sum, count) => sum + count, 0);
}

/** How long a step took. */
export function stepSeconds({ timing }: JobMetrics): number {
  return (timing as { step: { full_iteration: number } }).step.full_iteration;
}

interface StepUsage {
  samples: { train_completion_tokens_count: number };
}

/** The line of text of a step, in the service's spelling: `Step 10/20 , train mean reward=0.42`. */
export function describeStep(metrics: JobMetrics): string {
  const valid =
    metrics.full_valid_mean_reward == null
      ? ""
      : `, full validation mean reward=${metrics.full_valid_mean_reward.toFixed(2)}` +
        `, full validation mean parse error=${metrics.full_valid_mean_parse_error?.toFixed(2)}`;
  return `Step ${metrics.step}/${metrics.total_steps} , train mean reward=${metrics.train_mean_reward.toFixed(2)}${valid}`;
}

function partMetrics({ name, type }: GraderPart, { trainCriteria, validCriteria }: StepReport): GraderMetrics {
  return { name, type, train_reward_mean: trainCriteria[name] ?? 0, valid_reward_mean: validCriteria?.[name] ?? null };
}

/** An entry for each part; before them one for a multi grader itself, whose formula may fail where no part does. */
function errorEntries(grader: Grader, train: GraderCounts, valid: GraderCounts | null): object[] {
  const entry = ({ name, type }: GraderPart, pick: (counts: GraderCounts) => ErrorCounts): object => ({
    name,
    type,
    ...errorMetrics("train", pick(train)),
    ...(valid ? errorMetrics("valid", pick(valid)) : {}),
  });
  const parts = graderParts(grader).map((part) => entry(part, (counts) => countsOf(part, counts)));
  return grader.type === "multi" ? [entry(grader, ({ whole }) => whole), ...parts] : parts;
}

/** Defined wherever the split was graded, for then every part ran. */
function countsOf({ name }: GraderPart, { parts }: GraderCounts): ErrorCounts {
  return parts[name] as ErrorCounts;
}

function errorMetrics(split: string, counts: ErrorCounts): Record<string, number> {
  const kinds = {
    other_error: "other",
    sample_parse_error: "sampleParse",
    invalid_variable_error: "invalidVariable",
    python_grader_server_error: "pythonServer",
    python_grader_runtime_error: "pythonRuntime",
    model_grader_server_error: null,
  } as const;
  return Object.fromEntries(
    Object.entries(kinds).flatMap(([kind, key]) => [
      [`${split}_${kind}_mean`, key ? share(counts, key) : 0],
      [`${split}_${kind}_count`, key ? counts[key] : 0],
    ]),
  );
}

function share(counts: ErrorCounts, kind: keyof ErrorCounts): number {
  return counts.runs === 0 ? 0 : counts[kind] / counts.runs;
}
