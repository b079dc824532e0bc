/**
 * Finding a run again, tomorrow and from another kernel, by what the service holds of it.
 * @module
 */
import OpenAI from "openai";
import type { Connection } from "../connect/connect.js";
import type { FineTuningJob } from "../service/jobs.js";
import { DataError } from "../util/errors.js";
import { getFile, listAllJobs } from "./api.js";

/** What the service holds of one run. */
export interface FoundRun {
  job: FineTuningJob;
  /**
   * The name of the deployment that serves the job's model; `rft-<name>` where none does yet, or none any
   * more.
   */
  deployment: string;
  /** Files, job, result file and deployment, in the order in which they came to be. */
  found: FoundThing[];
}

/** One thing that was found. `created` is an ISO time to the minute; null where the service names none. */
export interface FoundThing {
  what: string;
  id: string;
  created: string | null;
}

/**
 * The newest run whose recipe has this name and whose job has neither failed nor been cancelled. Throws a
 * `DataError`, which says what to run first, where there is none.
 *
 * @example
 * const run = await findRun(connection, { name: "math" });
 * console.log(run.job.status, run.deployment);
 */
export async function findRun(connection: Connection, { name }: { name: string }): Promise<FoundRun> {
  const { openai, deployments } = connection;
  const job = await newestJob(openai, name);
  if (!job)
    throw new DataError(
      `The service holds no job of the recipe "${name}" yet. Run section 5 first: it submits the job.`,
    );
  const files = [job.training_file, job.validation_file, ...(job.result_files ?? [])];
  const [training, validation, ...results] = await Promise.all(files.map((id) => (id ? foundFile(openai, id) : null)));
  const model = job.fine_tuned_model;
  const serving = model
    ? (await deployments.list()).find(({ properties }) => isSame(properties.model.name, model))
    : null;
  const jobRow = { what: `job, ${job.status}`, id: job.id, created: minuteOf(job.created_at) };
  const deployed = serving?.name ? { what: "deployment", id: serving.name, created: null } : null;
  const found = [training, validation, jobRow, ...results, deployed].filter(
    (thing) => thing !== null && thing !== undefined,
  );
  return { job, deployment: serving?.name ?? `rft-${name}`, found };
}

async function newestJob(openai: OpenAI, name: string): Promise<FineTuningJob | undefined> {
  for await (const job of listAllJobs(openai)) {
    const suffix = job.user_provided_suffix ?? "";
    const isNamed = suffix.slice(0, -13) === name && /-[0-9a-f]{12}$/.test(suffix);
    if (isNamed && job.status !== "failed" && job.status !== "cancelled") return job;
  }
  return undefined;
}

/** Null for a file that was deleted: the job does not need it any more. */
async function foundFile(openai: OpenAI, id: string): Promise<FoundThing | null> {
  try {
    const { filename, created_at } = (await getFile(openai, id)).value;
    return { what: filename, id, created: minuteOf(created_at) };
  } catch (error) {
    if (error instanceof OpenAI.NotFoundError) return null;
    throw error;
  }
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** An ISO time to the minute, of Unix seconds. */
function minuteOf(seconds: number): string {
  return `${new Date(1000 * seconds).toISOString().slice(0, 16)}Z`;
}
