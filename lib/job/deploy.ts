/**
 * Deploying a model, until it really answers.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";
import type { Connection } from "../connect/connect.js";
import { requirePaidJobs } from "../connect/paid.js";
import { answerSignal, delayAfter, isRetryable } from "../connect/retry.js";
import type { DeploymentSku } from "../connect/settings.js";
import type { Deployment } from "../service/deployments.js";
import { baseModelName, findModelProfile } from "../service/models.js";
import { messageOf, UserError } from "../util/errors.js";
import { dollars, hostingPerHour, isFineTuned } from "./prices.js";

export interface DeploymentRequest {
  /** The deployment's name, which calls give as `model`. */
  name: string;
  /** A fine-tuned model's name or a checkpoint's id. */
  model: string;
  /** Thousands of tokens a minute; `DEPLOYMENT_CAPACITY` if left out. With 1 the service takes about one request a minute. */
  capacity?: number;
  /** `DEPLOYMENT_SKU` if left out; `DeveloperTier` costs no hosting and is removed after 24 hours. */
  sku?: DeploymentSku;
}

/** A deployment that answers; `reused` says that it was there already. */
export interface DeployedModel {
  name: string;
  reused: boolean;
  /** What Azure charges for hosting it, used or not; null where no price was read. The emulator charges nothing. */
  dollarsPerHour: number | null;
}

const probeMinutes = 5;
/** A reasoning model may think for a while about 1 + 1. */
const probeSeconds = 120;

/**
 * Deploys a model, or finds the deployment of that name that serves it, and waits until a small question is answered: the
 * control plane reports success minutes before that. A deployment of another fine-tuned model is replaced; one of a base
 * model is left alone with a `UserError`. Throws `RunEndsHere` where hosting would cost and paid steps are not allowed, and a
 * `UserError` where the service refuses, fails or does not answer within five minutes.
 */
export async function deployModel(connection: Connection, request: DeploymentRequest): Promise<DeployedModel> {
  const { name, model } = request;
  const existing = await connection.deployments.get(name);
  const reused = existing !== undefined && serves(existing, model);
  if (existing && !reused && !isFineTuned(existing.properties.model.name))
    throw new UserError(
      `The deployment "${name}" serves the base model ${existing.properties.model.name}. Choose another name for ${model}.`,
    );
  const sku = (reused ? existing.sku?.name : request.sku) ?? connection.settings.deploymentSku;
  const dollarsPerHour = hostingPerHour({ model, sku });
  if (!reused) {
    requirePaidJobs(connection, `Hosting a fine-tuned model (${hostingText(dollarsPerHour)})`);
    await create(connection, request);
  }
  await waitForAnswer(connection.openai, name);
  return { name, reused, dollarsPerHour };
}

function hostingText(dollarsPerHour: number | null): string {
  if (dollarsPerHour === null) return "billed by the hour, used or not";
  return `${dollars(dollarsPerHour)} an hour, used or not`;
}

function serves({ properties }: Deployment, model: string): boolean {
  const { provisioningState: state = "Succeeded" } = properties;
  const isUp = state === "Succeeded" || state === "Creating" || state === "Accepted" || state === "Moving";
  return isUp && properties.model.name.toLowerCase() === model.toLowerCase();
}

async function create({ deployments, settings }: Connection, request: DeploymentRequest): Promise<void> {
  const { name, model, capacity = settings.deploymentCapacity, sku = settings.deploymentSku } = request;
  const format = findModelProfile(baseModelName(settings.modelName))?.format ?? "OpenAI";
  const wanted: Deployment = {
    sku: { name: sku, capacity },
    properties: { model: { format, name: model, version: "1" }, versionUpgradeOption: "NoAutoUpgrade" },
  };
  const made = await deployments.createOrUpdate(name, wanted).catch((error: unknown) => {
    throw new UserError(`${model} cannot be deployed as "${name}": ${messageOf(error)}`);
  });
  const state = made.properties.provisioningState;
  if (state !== "Succeeded")
    throw new UserError(
      `The deployment "${name}" ended as ${state}. Run this cell again to deploy it anew; if it ends so again, deploy another checkpoint.`,
    );
}

async function waitForAnswer(openai: OpenAI, name: string): Promise<void> {
  const deadline = Date.now() + probeMinutes * 60_000;
  for (let failures = 1; ; failures += 1) {
    const delay = await probe(openai, name, failures);
    if (delay === undefined) return;
    if (Date.now() + delay > deadline)
      throw new UserError(
        `The deployment "${name}" has not answered within ${probeMinutes} minutes. Delete it with deleteResources, wait half a minute and deploy again.`,
      );
    await sleep(delay);
  }
}

/** Undefined once the deployment has answered, else the milliseconds to wait. Throws what waiting does not cure. */
async function probe(openai: OpenAI, name: string, failures: number): Promise<number | undefined> {
  try {
    await openai.chat.completions.create(
      { model: name, messages: [{ role: "user", content: "What is 1 + 1?" }], max_completion_tokens: 1_000 },
      { maxRetries: 0, signal: answerSignal(probeSeconds) },
    );
    return undefined;
  } catch (error) {
    const isUnknown = error instanceof OpenAI.NotFoundError;
    if (!isUnknown && !isRetryable(error)) throw error;
    return delayAfter(error, failures);
  }
}
