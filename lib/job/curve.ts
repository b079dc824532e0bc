/**
 * The training curve of a job: what every step and every evaluation scored, read from names as the service
 * writes them. Source of the names: OpenAI's reinforcement fine-tuning guide (events) and the result files of
 * Microsoft's cookbooks.
 * @module
 */
import { parse } from "csv-parse/sync";
import OpenAI from "openai";
import type { Connection } from "../connect/connect.js";
import type { JobEvent, JobMetrics } from "../service/jobs.js";
import { mean } from "../util/numbers.js";
import { getJob, listEventPages, readFileContent } from "./api.js";

/** All steps of a job so far, in order. */
export interface TrainingCurve {
  jobId: string;
  points: CurvePoint[];
}

/**
 * The curve of a job in any state: from the metrics of its events and, once it has ended, from its result
 * file, which outlives them.
 *
 * @example
 * const curve = await readTrainingCurve(connection, job.id);
 */
export async function readTrainingCurve({ openai }: Connection, jobId: string): Promise<TrainingCurve> {
  const { value: job } = await getJob(openai, jobId);
  const events: JobEvent[] = [];
  for await (const page of listEventPages(openai, jobId)) events.push(...page);
  const [resultFile] = job.result_files ?? [];
  const results = resultFile ? pointsOfResultFile(await contentIfThere(openai, resultFile)) : [];
  return { jobId, points: mergePoints([...pointsOfEvents(events), ...results]) };
}

/** The points that events carry, in the order of the events. */
export function pointsOfEvents(events: readonly JobEvent[]): CurvePoint[] {
  return events.flatMap(({ type, data }) => (type === "metrics" && data ? (curvePoint(asColumns(data)) ?? []) : []));
}

/**
 * The points of a result file (CSV with a header), a point a row, whatever the order of its columns: training
 * and validation may stand in one row or in two.
 */
export function pointsOfResultFile(csv: string): CurvePoint[] {
  const rows = parse(csv, { columns: true, bom: true, trim: true, skip_empty_lines: true, relax_column_count: true });
  return (rows as Record<string, string>[]).flatMap((row) => curvePoint(row) ?? []);
}

/** Metrics under the names that the result file's columns have; a service may leave some of them out. */
function asColumns({ scores, errors, ...rest }: Partial<JobMetrics>): Record<string, unknown> {
  const columns: Record<string, unknown> = { ...rest };
  for (const grader of scores?.graders ?? []) {
    const prefix = `scores/graders/${grader.type}/${grader.name}`;
    columns[`${prefix}/train_reward_mean`] = grader.train_reward_mean;
    columns[`${prefix}/valid_reward_mean`] = grader.valid_reward_mean;
  }
  for (const { name, type, ...shares } of errors?.graders ?? []) {
    for (const [kind, share] of Object.entries(shares))
      columns[`errors/graders/${type}/${name}/errors/${kind}`] = share;
  }
  return columns;
}

/** Nothing where someone has deleted the file: the events still tell. */
async function contentIfThere(openai: OpenAI, fileId: string): Promise<string> {
  try {
    return await readFileContent(openai, fileId);
  } catch (error) {
    if (error instanceof OpenAI.NotFoundError) return "";
    throw error;
  }
}

/**
 * One step. Rewards are means in the grader's range, tokens means per sample; null stands where nothing was
 * measured.
 */
export interface CurvePoint {
  step: number;
  trainReward: number | null;
  validReward: number | null;
  /** The mean score of each part of the grader, by its name. */
  criteria: Record<string, { train: number | null; valid: number | null }>;
  /** The share of answers on which the grader failed, by the kind of error; empty where none is reported. */
  graderErrors: Record<string, number>;
  reasoningTokens: number | null;
  completionTokens: number | null;
  /** Only open-weight models report a loss. */
  trainLoss: number | null;
  validLoss: number | null;
}

/** The names of a number, the most telling first. */
const names = {
  trainReward: ["train_mean_reward"],
  validReward: ["full_valid_mean_reward", "valid_mean_reward"],
  reasoningTokens: ["reasoning_tokens_mean"],
  completionTokens: ["completion_tokens_mean"],
  trainLoss: ["total_loss_sum", "pg_loss_sum", "train_loss"],
  validLoss: ["full_valid_loss", "valid_loss"],
} as const;

const errorColumn = /^errors\/graders\/[^/]+\/.+\/errors\/(?:train|valid)_(.+_error)_mean$/;
const criterionColumn = /^scores\/graders\/[^/]+\/(.+)\/(train|valid)_reward_mean$/;

/**
 * The point that `values` describe, by the names of the result file's columns; values are numbers, or text as
 * a CSV holds it. Returns undefined without a step.
 */
export function curvePoint(values: Record<string, unknown>): CurvePoint | undefined {
  const step = numberOf(values.step);
  if (step === null) return undefined;
  const first = (candidates: readonly string[]): number | null =>
    candidates.map((name) => numberOf(values[name])).find((value) => value !== null) ?? null;
  return {
    step,
    trainReward: first(names.trainReward),
    validReward: first(names.validReward),
    criteria: criteriaOf(values),
    graderErrors: graderErrorsOf(values),
    reasoningTokens: first(names.reasoningTokens),
    completionTokens: first(names.completionTokens),
    trainLoss: first(names.trainLoss),
    validLoss: first(names.validLoss),
  };
}

/**
 * The points in order of their steps, one each: what several say of one step is joined, the first to name a
 * number counting.
 */
export function mergePoints(points: Iterable<CurvePoint>): CurvePoint[] {
  const bySteps = new Map<number, CurvePoint>();
  for (const point of points) {
    const known = bySteps.get(point.step);
    bySteps.set(point.step, known ? joined(known, point) : point);
  }
  return [...bySteps.values()].sort((a, b) => a.step - b.step);
}

/** The steps at which one quantity of a curve was measured, and its values there. */
export interface Series {
  steps: number[];
  values: number[];
}

/** Reads one quantity from every point that has it. */
export function seriesOf(
  { points }: TrainingCurve,
  quantity: (point: CurvePoint) => number | null | undefined,
): Series {
  const measured = points.flatMap((point) => {
    const value = quantity(point);
    return value === null || value === undefined ? [] : [{ step: point.step, value }];
  });
  return { steps: measured.map(({ step }) => step), values: measured.map(({ value }) => value) };
}

/** Where a series begins and ends. */
export interface Ends {
  first: number;
  last: number;
}

/**
 * First and last value of what is measured at evaluations, each over many answers; null if nothing was
 * measured.
 */
export function endsOf({ values }: Series): Ends | null {
  const [first, last] = [values[0], values.at(-1)];
  return first === undefined || last === undefined ? null : { first, last };
}

/** Steps whose mean stands for an end of what is measured at every step, because single steps scatter. */
export const endSteps = 3;

/**
 * The means of the first and of the last three values, or of fewer so that no value counts twice; null like
 * {@link endsOf}.
 */
export function meanEndsOf({ values }: Series): Ends | null {
  if (values.length === 0) return null;
  const length = Math.max(1, Math.min(endSteps, Math.floor(values.length / 2)));
  return { first: mean(values.slice(0, length)), last: mean(values.slice(-length)) };
}

function joined(first: CurvePoint, second: CurvePoint): CurvePoint {
  const criteria = { ...second.criteria };
  for (const [name, { train, valid }] of Object.entries(first.criteria)) {
    criteria[name] = { train: train ?? criteria[name]?.train ?? null, valid: valid ?? criteria[name]?.valid ?? null };
  }
  return {
    step: first.step,
    trainReward: first.trainReward ?? second.trainReward,
    validReward: first.validReward ?? second.validReward,
    criteria,
    graderErrors: largest(first.graderErrors, second.graderErrors),
    reasoningTokens: first.reasoningTokens ?? second.reasoningTokens,
    completionTokens: first.completionTokens ?? second.completionTokens,
    trainLoss: first.trainLoss ?? second.trainLoss,
    validLoss: first.validLoss ?? second.validLoss,
  };
}

function criteriaOf(values: Record<string, unknown>): CurvePoint["criteria"] {
  const criteria: CurvePoint["criteria"] = {};
  for (const [column, value] of Object.entries(values)) {
    const [, name, part] = criterionColumn.exec(column) ?? [];
    const score = numberOf(value);
    if (name === undefined || score === null) continue;
    criteria[name] ??= { train: null, valid: null };
    criteria[name][part as "train" | "valid"] = score;
  }
  return criteria;
}

/** Several graders and both splits may report a kind of error: the largest share counts. */
function graderErrorsOf(values: Record<string, unknown>): CurvePoint["graderErrors"] {
  let errors: CurvePoint["graderErrors"] = {};
  for (const [column, value] of Object.entries(values)) {
    const kind = errorColumn.exec(column)?.[1];
    const share = numberOf(value);
    if (kind !== undefined && share !== null) errors = largest(errors, { [kind]: share });
  }
  return errors;
}

function largest(first: Record<string, number>, second: Record<string, number>): Record<string, number> {
  const kinds = Object.entries(second).map(([kind, share]) => [kind, Math.max(share, first[kind] ?? 0)]);
  return { ...first, ...Object.fromEntries(kinds) };
}

/** A finite number, or null for blank cells, "nan", null and absent values. */
function numberOf(value: unknown): number | null {
  if (value === null || value === undefined || value === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}
