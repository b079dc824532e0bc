/**
 * The training curve of a job: what every step and every evaluation scored.
 * @module
 */
import { parse } from "csv-parse/sync";
import OpenAI from "openai";
import type { Connection } from "../connect/connect.js";
import type { GraderMetrics, JobEvent } from "../service/jobs.js";
import { getJob, listEventPages, readFileContent } from "./api.js";
import { type CurvePoint, curvePoint, mergePoints } from "./curve-point.js";

export type { CurvePoint } from "./curve-point.js";

/** All steps of a job so far, in order. */
export interface TrainingCurve {
  jobId: string;
  points: CurvePoint[];
}

/**
 * The curve of a job in any state: from the metrics of its events and, once it has ended, from its result file, which
 * outlives them.
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
  return events.flatMap(({ type, data }) => {
    const point = type === "metrics" && data ? curvePoint(asColumns(data)) : undefined;
    return point ?? [];
  });
}

/**
 * The points of a result file (CSV with a header), a point a row, whatever the order of its columns: training and validation
 * may stand in one row or in two.
 */
export function pointsOfResultFile(csv: string): CurvePoint[] {
  const rows = parse(csv, { columns: true, bom: true, trim: true, skip_empty_lines: true, relax_column_count: true });
  return (rows as Record<string, string>[]).flatMap((row) => curvePoint(row) ?? []);
}

/** Metrics under the names that the result file's columns have. */
function asColumns(metrics: Record<string, unknown>): Record<string, unknown> {
  const { scores, errors, ...columns } = metrics;
  for (const grader of gradersOf<GraderMetrics>(scores)) {
    const prefix = `scores/graders/${grader.type}/${grader.name}`;
    columns[`${prefix}/train_reward_mean`] = grader.train_reward_mean;
    columns[`${prefix}/valid_reward_mean`] = grader.valid_reward_mean;
  }
  for (const { name, type, ...shares } of gradersOf<{ name: string; type: string }>(errors)) {
    for (const [kind, share] of Object.entries(shares))
      columns[`errors/graders/${type}/${name}/errors/${kind}`] = share;
  }
  return columns;
}

function gradersOf<T>(metrics: unknown): T[] {
  return (metrics as { graders?: T[] } | undefined)?.graders ?? [];
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
