/**
 * The result file of a job: one row a step, blank where a step did not evaluate.
 * Columns: what o-series reinforcement jobs write, as Microsoft's fine-tuning cookbooks read it.
 * @module
 */
import type { JobMetrics } from "../../service/jobs.js";

type Cell = string | number | null | undefined;

/** The CSV text with its header line. */
export function resultsCsv(steps: JobMetrics[]): string {
  const rows = steps.map(columns);
  const names = Object.keys(rows[0] ?? {});
  const lines = [names, ...rows.map((row) => names.map((name) => row[name]))];
  return lines.map((cells) => `${cells.map(csvCell).join(",")}\n`).join("");
}

function columns(metrics: JobMetrics): Record<string, Cell> {
  const { step: timing } = metrics.timing as { step: Record<string, number> };
  const { graders: errors } = metrics.errors as { graders: Record<string, Cell>[] };
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

function scoreColumns(part: JobMetrics["scores"]["graders"][number]): [string, Cell][] {
  const path = `scores/graders/${part.type}/${part.name}`;
  return [
    [`${path}/train_reward_mean`, part.train_reward_mean],
    [`${path}/valid_reward_mean`, part.valid_reward_mean],
  ];
}

function errorColumns({ name, type, ...counts }: Record<string, Cell>): [string, Cell][] {
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
