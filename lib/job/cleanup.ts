/**
 * What is left at the service, and taking it away.
 * @module
 */
import OpenAI from "openai";
import type { Connection } from "../connect.js";
import type { JobStatus } from "../service/jobs.js";
import { hostingPerHour } from "./prices.js";
import { listFiles, listJobs } from "./wire.js";

/** Everything of the account that fine-tuning leaves behind. */
export interface Remains {
  deployments: RemainingDeployment[];
  jobs: RemainingJob[];
  files: RemainingFile[];
}

export interface RemainingDeployment {
  name: string;
  model: string;
  /** What Azure charges for hosting it, used or not; the emulator charges nothing. */
  dollarsPerHour: number;
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

/** All deployments, jobs and files of the account: not only those of this notebook. */
export async function listRemains({ openai, deployments }: Connection): Promise<Remains> {
  const remains: Remains = { deployments: [], jobs: [], files: [] };
  for (const { name = "", sku, properties } of await deployments.list()) {
    const model = properties.model.name;
    remains.deployments.push({ name, model, dollarsPerHour: hostingPerHour({ model, sku: sku.name }) });
  }
  for await (const { id, status, fine_tuned_model: fineTunedModel } of listJobs(openai))
    remains.jobs.push({ id, status, fineTunedModel });
  for await (const { id, filename, bytes } of listFiles(openai)) remains.files.push({ id, filename, bytes });
  return remains;
}

/** Deletes a deployment and waits until it is gone; the model stays and can be deployed again. None of that name is no error. */
export async function deleteDeployment({ deployments }: Connection, name: string): Promise<void> {
  await deployments.delete(name);
}

/** Deletes a file by its id; one that is gone already is no error. */
export async function deleteFile({ openai }: Connection, id: string): Promise<void> {
  try {
    await openai.files.delete(id);
  } catch (error) {
    if (!(error instanceof OpenAI.NotFoundError)) throw error;
  }
}
