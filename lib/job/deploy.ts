/**
 * Deploying a model, until it really answers.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isRestError } from "@azure/core-rest-pipeline";
import OpenAI from "openai";
import { pollDelay } from "../connect/poll-delay.js";
import type { Connection } from "../connect.js";
import { UserError } from "../errors.js";
import { requirePaidJobs } from "../paid.js";
import type { Deployment } from "../service/deployments.js";
import { findModelProfile } from "../service/models.js";
import { isFineTuned } from "./prices.js";

export interface DeploymentRequest {
  /** The deployment's name, which calls give as `model`. */
  name: string;
  /** A fine-tuned model's name or a checkpoint's id. */
  model: string;
  /** Thousands of tokens a minute; 50 if left out. With 1 the service takes about one request a minute. */
  capacity?: number;
  /** `GlobalStandard` if left out; `DeveloperTier` costs no hosting and is removed after 24 hours. */
  sku?: "Standard" | "GlobalStandard" | "DataZoneStandard" | "DeveloperTier";
}

/** A deployment that answers; `reused` says that it was there already. */
export interface DeployedModel {
  name: string;
  reused: boolean;
}

const probeMinutes = 5;
const probeMilliseconds = 5_000;

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
  if (!reused) {
    requirePaidJobs(connection, "Hosting a fine-tuned model");
    await create(connection, request);
  }
  await waitForAnswer(connection.openai, name);
  return { name, reused };
}

function serves({ properties }: Deployment, model: string): boolean {
  const { provisioningState: state = "Succeeded" } = properties;
  const isUp = state === "Succeeded" || state === "Creating" || state === "Accepted" || state === "Moving";
  return isUp && properties.model.name.toLowerCase() === model.toLowerCase();
}

async function create({ deployments, settings }: Connection, request: DeploymentRequest): Promise<void> {
  const { name, model, capacity = 50, sku = "GlobalStandard" } = request;
  const format = findModelProfile(settings.modelName)?.format ?? "OpenAI";
  const wanted: Deployment = {
    sku: { name: sku, capacity },
    properties: { model: { format, name: model, version: "1" }, versionUpgradeOption: "NoAutoUpgrade" },
  };
  const made = await deployments.createOrUpdate(name, wanted).catch((error: unknown) => {
    throw explained(error, request);
  });
  const state = made.properties.provisioningState;
  if (state !== "Succeeded")
    throw new UserError(
      `The deployment "${name}" ended as ${state}. Look at it in the Foundry portal, delete it and deploy again.`,
    );
}

async function waitForAnswer(openai: OpenAI, name: string): Promise<void> {
  const deadline = Date.now() + probeMinutes * 60_000;
  for (;;) {
    const delay = await probe(openai, name);
    if (delay === undefined) return;
    if (Date.now() + delay > deadline)
      throw new UserError(
        `The deployment "${name}" has not answered within ${probeMinutes} minutes. Delete it, wait a moment and deploy again.`,
      );
    await sleep(delay);
  }
}

/** Undefined once the deployment has answered, else the milliseconds to wait. Throws what waiting does not cure. */
async function probe(openai: OpenAI, name: string): Promise<number | undefined> {
  try {
    await openai.chat.completions.create(
      { model: name, messages: [{ role: "user", content: "What is 1 + 1?" }], max_completion_tokens: 1_000 },
      { maxRetries: 0 },
    );
    return undefined;
  } catch (error) {
    const isNotReady =
      error instanceof OpenAI.APIError && (error.status === 404 || error.status === 429 || Number(error.status) >= 500);
    if (!isNotReady) throw error;
    return pollDelay((header) => error.headers?.get(header), probeMilliseconds);
  }
}

function explained(error: unknown, { name, model, capacity = 50 }: DeploymentRequest): unknown {
  if (!isRestError(error)) return error;
  const advice =
    error.code === "InsufficientQuota"
      ? `There is no quota for a capacity of ${capacity}: ask for less, or for more quota in the Foundry portal.`
      : "Deploying needs the role Foundry Owner, and the model in this account.";
  return new UserError(`${model} cannot be deployed as "${name}": ${error.message}\n${advice}`);
}
