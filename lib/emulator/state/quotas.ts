/**
 * How much of everything an account may have.
 * Source: Microsoft, "Azure OpenAI quotas and limits", February 2026. The capacity differs from account to
 * account; this one is the emulator's own. Not enforced: 3 jobs at a time (the emulator trains one), 100 jobs
 * in all, 1 GB of files in all.
 * @module
 */

import { isFineTuned } from "../../service/models.js";
import { sum } from "../../util/numbers.js";
import { ServiceError } from "../protocol.js";
import type { DeploymentRecord, State } from "./state.js";

const quotas = {
  fineTuningFiles: 100,
  queuedJobs: 20,
  fineTunedDeployments: 10,
  baseDeployments: 32,
  /** Thousands of tokens a minute, over all deployments of one model. */
  capacity: 1000,
} as const;

/** Throws `quotaExceeded` if there is no room for one more upload. */
export function checkFileQuota({ files }: State): void {
  const uploads = files.newestFirst().filter(({ purpose }) => purpose === "fine-tune");
  if (uploads.length >= quotas.fineTuningFiles)
    throw quotaExceeded(`The account holds ${uploads.length} files for fine-tuning, the most it may. Delete some.`);
}

/** Throws `quotaExceeded` if too many jobs wait for one more. */
export function checkJobQuota({ jobs }: State): void {
  const waiting = jobs.newestFirst().filter(({ job: { status } }) => status === "pending" || status === "queued");
  if (waiting.length >= quotas.queuedJobs)
    throw quotaExceeded(`${waiting.length} jobs wait already, the most that may. Wait, or cancel one of them.`);
}

/** Throws `quotaExceeded` or `InsufficientQuota` if there is no room for a deployment, new or changed. */
export function checkDeploymentQuota({ deployments }: State, deployment: DeploymentRecord): void {
  const others = deployments.newestFirst().filter(({ name }) => name.toLowerCase() !== deployment.name.toLowerCase());
  const ofKind = others.filter((other) => isTuned(other) === isTuned(deployment)).length;
  const max = isTuned(deployment) ? quotas.fineTunedDeployments : quotas.baseDeployments;
  if (ofKind >= max)
    throw quotaExceeded(`The account has ${ofKind} deployments of this kind, the most it may. Delete one of them.`);
  const available = unusedCapacity(others, deployment.properties.model.name);
  if (deployment.sku.capacity > available) throw insufficientQuota(deployment, available);
}

/** The capacity that deployments of a model may still take. */
export function availableCapacity({ deployments }: State, model: string): number {
  return unusedCapacity(deployments.newestFirst(), model);
}

function unusedCapacity(deployments: DeploymentRecord[], model: string): number {
  const ofModel = deployments.filter(({ properties }) => properties.model.name === model);
  return quotas.capacity - sum(ofModel.map(({ sku }) => sku.capacity));
}

/** The refusal of a deployment that asks for more capacity than is available, as the control plane words it. */
export function insufficientQuota({ sku, properties }: DeploymentRecord, available: number): ServiceError {
  return new ServiceError(
    400,
    "InsufficientQuota",
    `This operation requires ${sku.capacity} new capacity in quota Tokens Per Minute (thousands) - ${properties.model.name}, ` +
      `which is bigger than the current available capacity ${available}.`,
  );
}

function isTuned({ properties }: DeploymentRecord): boolean {
  return isFineTuned(properties.model.name);
}

function quotaExceeded(message: string): ServiceError {
  return new ServiceError(400, "quotaExceeded", message);
}
