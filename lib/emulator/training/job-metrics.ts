/**
 * The training steps of a job as the service reports them: the metrics and the line of text of each step, and
 * the result file of all.
 * @module
 */
import type { Grader } from "../../service/graders.js";
import type { GraderErrors, GraderMetrics, JobMetrics } from "../../service/jobs.js";
import { sum } from "../../util/numbers.js";
import type { StepReport } from "../nano/grpo.js";
import type { ErrorCounts, GraderCounts } from "./reward.js";
import type { TrainedStep } from "./training-worker.js";

/** A part of the grader, as metrics name it. */
interface GraderPart {
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

/** The metrics of a step; those of validation are null if the step did not evaluate. */
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

/** The tokens in the answers of these steps: what was trained on. */
export function trainedTokens(steps: JobMetrics[]): number {
  return sum(steps.map(({ usage }) => usage.samples.train_completion_tokens_count));
}

/** How long a step took, in seconds. */
export function stepSeconds({ timing }: JobMetrics): number {
  return timing.step.full_iteration;
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

/**
 * An entry for each part; before them one for a multi grader itself, whose formula can fail although no part
 * does.
 */
function errorEntries(grader: Grader, train: GraderCounts, valid: GraderCounts | null): GraderErrors[] {
  const entry = ({ name, type }: GraderPart, pick: (counts: GraderCounts) => ErrorCounts): GraderErrors => ({
    name,
    type,
    ...errorMetrics("train", pick(train)),
    ...(valid ? errorMetrics("valid", pick(valid)) : {}),
  });
  const parts = graderParts(grader).map((part) => entry(part, (counts) => countsOf(part, counts)));
  return grader.type === "multi" ? [entry(grader, ({ whole }) => whole), ...parts] : parts;
}

/** Defined for every split that was graded, because then every part ran. */
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

type Cell = string | number | null | undefined;

/**
 * The result file: CSV with a header and one row a step, blank where a step did not evaluate. Its columns are
 * those that o-series reinforcement jobs write, as Microsoft's fine-tuning cookbooks read them.
 */
export function resultsCsv(steps: JobMetrics[]): string {
  const rows = steps.map(columns);
  const names = Object.keys(rows[0] ?? {});
  const lines = [names, ...rows.map((row) => names.map((name) => row[name]))];
  return lines.map((cells) => `${cells.map(csvCell).join(",")}\n`).join("");
}

function columns(metrics: JobMetrics): Record<string, Cell> {
  const { step: timing } = metrics.timing;
  const { graders: errors } = metrics.errors;
  return {
    step: metrics.step,
    train_mean_reward: metrics.train_mean_reward,
    full_valid_mean_reward: metrics.full_valid_mean_reward,
    completion_tokens_mean: metrics.completion_tokens_mean,
    mean_unresponsive_rewards: metrics.mean_unresponsive_rewards,
    reasoning_tokens_mean: metrics.reasoning_tokens_mean,
    sampling_duration: timing.sampling,
    training_duration: timing.training,
    eval_duration: timing.eval,
    total_duration: timing.full_iteration,
    ...Object.fromEntries(metrics.scores.graders.flatMap(scoreColumns)),
    ...Object.fromEntries(errors.flatMap(errorColumns)),
    train_sample_parse_error_count: errors[0]?.train_sample_parse_error_count,
    train_other_error_count: errors[0]?.train_other_error_count,
  };
}

function scoreColumns(part: GraderMetrics): [string, Cell][] {
  const path = `scores/graders/${part.type}/${part.name}`;
  return [
    [`${path}/train_reward_mean`, part.train_reward_mean],
    [`${path}/valid_reward_mean`, part.valid_reward_mean],
  ];
}

function errorColumns({ name, type, ...counts }: GraderErrors): [string, Cell][] {
  const kinds = ["sample_parse_error", "invalid_variable_error", "python_grader_runtime_error", "other_error"];
  return kinds.flatMap((kind) =>
    ["train", "valid"].map((split): [string, Cell] => [
      `errors/graders/${type}/${name}/errors/${split}_${kind}_mean`,
      counts[`${split}_${kind}_mean`],
    ]),
  );
}

function csvCell(cell: Cell): string {
  const text = String(cell ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
