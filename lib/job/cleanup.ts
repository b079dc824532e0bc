/**
 * What is left at the service, and taking it away.
 * @module
 */
import OpenAI from "openai";
import type { Connection } from "../connect/connect.js";
import { withRetry } from "../connect/retry.js";
import type { JobStatus } from "../service/jobs.js";
import { UserError } from "../util/errors.js";
import { listAllJobs, listFiles } from "./api.js";
import { hostingPerHour } from "./prices.js";

/** Everything of the account that fine-tuning leaves behind. */
export interface Resources {
  deployments: RemainingDeployment[];
  jobs: RemainingJob[];
  files: RemainingFile[];
}

export interface RemainingDeployment {
  name: string;
  model: string;
  /** What Azure charges for hosting it, used or not; null where no price was read. The emulator charges nothing. */
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

/** All deployments, jobs and files of the account: not only those of this notebook. Files and jobs cost nothing to keep. */
export async function listResources({ openai, deployments }: Connection): Promise<Resources> {
  const remains: Resources = { deployments: [], jobs: [], files: [] };
  for (const { name = "", sku, properties } of await deployments.list()) {
    const model = properties.model.name;
    remains.deployments.push({ name, model, dollarsPerHour: hostingPerHour({ model, sku: sku.name }) });
  }
  for await (const { id, status, fine_tuned_model: fineTunedModel } of listAllJobs(openai))
    remains.jobs.push({ id, status, fineTunedModel });
  for await (const { id, filename, bytes } of listFiles(openai)) remains.files.push({ id, filename, bytes });
  return remains;
}

/**
 * Deletes the deployments and files that are named, by a deployment's name, a file's id or its filename, and returns what is left.
 * Throws a `UserError` before anything is deleted where nothing of that name is there. Jobs stay: the service deletes none.
 */
export async function deleteResources(connection: Connection, names: readonly string[]): Promise<Resources> {
  const { deployments, files } = await listResources(connection);
  const fileIds = files.filter(({ id, filename }) => names.includes(id) || names.includes(filename));
  const known = [...deployments.map(({ name }) => name), ...fileIds.flatMap(({ id, filename }) => [id, filename])];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new UserError(
      `Nothing is deleted: there is no deployment or file named ${unknown.join(", ")}. listResources shows what there is.`,
    );
  for (const { name } of deployments) if (names.includes(name)) await deleteDeployment(connection, name);
  for (const { id } of fileIds) await deleteFile(connection, id);
  return listResources(connection);
}

/** Deletes a deployment and waits until it is gone; the model stays and can be deployed again. None of that name is no error. */
export async function deleteDeployment({ deployments }: Connection, name: string): Promise<void> {
  await deployments.delete(name);
}

/** Deletes a file by its id; one that is gone already is no error. */
export async function deleteFile({ openai }: Connection, id: string): Promise<void> {
  try {
    await withRetry((signal) => openai.files.delete(id, { maxRetries: 0, signal }));
  } catch (error) {
    if (!(error instanceof OpenAI.NotFoundError)) throw error;
  }
}
