/**
 * What a person can do with what is at the service: list, pause, resume and cancel jobs, and delete what they
 * leave behind.
 * @module
 */
import OpenAI from "openai";
import { type Connection, requirePaidJobs } from "../connect/connect.js";
import { isRetryable, wasNotProcessed, withRetry } from "../connect/retry.js";
import type { FineTuningJob, JobStatus } from "../service/jobs.js";
import { baseModelName, findModelProfile } from "../service/models.js";
import { ConfigurationError, RefusalError } from "../util/errors.js";
import { changeJob, deleteFile, getJob, type JobAction, listAllJobs, listFiles } from "./api.js";
import { dollars, hostingPerHour, prices } from "./costs.js";

/** A job in one row. `created` is an ISO time. */
export interface JobRow {
  id: string;
  status: JobStatus;
  created: string;
  model: string;
  /** The name of its recipe and the beginning of its hash. */
  suffix: string | null;
  fineTunedModel: string | null;
  trainedTokens: number | null;
}

/** All jobs of the resource, newest first. */
export async function listJobs({ openai }: Connection): Promise<JobRow[]> {
  const rows: JobRow[] = [];
  for await (const job of listAllJobs(openai))
    rows.push({
      id: job.id,
      status: job.status,
      created: new Date(job.created_at * 1000).toISOString(),
      model: job.model,
      suffix: job.user_provided_suffix,
      fineTunedModel: job.fine_tuned_model,
      trainedTokens: job.trained_tokens,
    });
  return rows;
}

/**
 * Asks a running job to pause after its present step, with a checkpoint that can be deployed; one that is
 * pausing or paused is left as it is. Throws a `UserError` where its model cannot be paused, or the job is
 * not running.
 */
export async function pauseJob(connection: Connection, id: string): Promise<FineTuningJob> {
  const { value: job } = await getJob(connection.openai, id);
  const profile = findModelProfile(baseModelName(job.model));
  if (profile && !profile.canPause)
    throw new ConfigurationError(
      `Jobs of ${profile.name} cannot be paused: let ${id} go on, or cancel it with cancelJob.`,
    );
  return changed(connection, id, "pause", ["pausing", "paused"]);
}

/**
 * Lets a paused job go on; one that does so already is left as it is. On Azure this lifts the limit at which
 * the job pauses itself: throws `RunEndsHere` where paid steps are not allowed, and a `UserError` where the
 * job is not paused.
 */
export async function resumeJob(connection: Connection, id: string): Promise<FineTuningJob> {
  requirePaidJobs(connection, `Resuming a job (from then on it no longer pauses itself at ${dollars(prices.jobCap)})`);
  return changed(connection, id, "resume", ["resuming", "queued", "running", "succeeded"]);
}

/**
 * Ends a job for good: what it trained until then is billed. One that is cancelled is left as it is. Throws a
 * `UserError` where it has ended.
 */
export async function cancelJob(connection: Connection, id: string): Promise<FineTuningJob> {
  return changed(connection, id, "cancel", ["cancelled"]);
}

/**
 * Changes a job, or finds that it is changed: by an earlier request whose answer was lost, or by someone
 * else.
 */
function changed(
  { openai }: Connection,
  id: string,
  action: JobAction,
  reached: readonly JobStatus[],
): Promise<FineTuningJob> {
  return withRetry(async () => {
    try {
      return await changeJob(openai, id, action);
    } catch (error) {
      const isAnswered = error instanceof OpenAI.APIError && [400, 409].includes(error.status ?? 0);
      if (wasNotProcessed(error) || !(isAnswered || isRetryable(error))) throw error;
      const { value: job } = await getJob(openai, id);
      if (reached.includes(job.status)) return job;
      if (!isAnswered) throw error;
      throw new RefusalError(`The job ${id} is ${job.status}, so ${action} is not possible: ${error.message}`, {
        cause: error,
      });
    }
  });
}

/** Everything of the account that fine-tuning leaves behind. */
export interface Resources {
  deployments: RemainingDeployment[];
  jobs: RemainingJob[];
  files: RemainingFile[];
}

export interface RemainingDeployment {
  name: string;
  model: string;
  /**
   * What Azure charges for hosting it, used or not; null where no price was read. The emulator charges
   * nothing.
   */
  dollarsPerHour: number | null;
}

export interface RemainingJob {
  id: string;
  status: JobStatus;
  fineTunedModel: string | null;
}

export interface RemainingFile {
  id: string;
  filename: string;
  bytes: number;
}

/**
 * All deployments, jobs and files of the account: not only those of this notebook. Files and jobs cost
 * nothing to keep.
 */
export async function listResources({ openai, deployments }: Connection): Promise<Resources> {
  const resources: Resources = { deployments: [], jobs: [], files: [] };
  for (const { name = "", sku, properties } of await deployments.list()) {
    const model = properties.model.name;
    resources.deployments.push({ name, model, dollarsPerHour: hostingPerHour({ model, sku: sku.name }) });
  }
  for await (const { id, status, fine_tuned_model: fineTunedModel } of listAllJobs(openai))
    resources.jobs.push({ id, status, fineTunedModel });
  for await (const { id, filename, bytes } of listFiles(openai)) resources.files.push({ id, filename, bytes });
  return resources;
}

/**
 * Deletes the deployments and files that are named, by a deployment's name, a file's id or its filename, and
 * returns what is left. Throws a `UserError` before anything is deleted where nothing of that name is there.
 * Jobs stay: the service deletes none.
 */
export async function deleteResources(connection: Connection, names: readonly string[]): Promise<Resources> {
  const { deployments, files } = await listResources(connection);
  const fileIds = files.filter(({ id, filename }) => names.includes(id) || names.includes(filename));
  const known = [...deployments.map(({ name }) => name), ...fileIds.flatMap(({ id, filename }) => [id, filename])];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new ConfigurationError(
      `Nothing is deleted: there is no deployment or file named ${unknown.join(", ")}. listResources shows what there is.`,
    );
  for (const { name } of deployments) if (names.includes(name)) await connection.deployments.delete(name);
  for (const { id } of fileIds) await deleteFile(connection.openai, id);
  return listResources(connection);
}
