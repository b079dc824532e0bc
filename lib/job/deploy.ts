/**
 * Deploying a model, until it really answers.
 * @module
 */
import OpenAI from "openai";
import { type Connection, requirePaidJobs } from "../connect/connect.js";
import { isRetryable, withRetry } from "../connect/retry.js";
import type { DeploymentSku } from "../connect/settings.js";
import { baseModelName, findModelProfile, isFineTuned } from "../service/models.js";
import type { Deployment } from "../service/wire.js";
import { ConfigurationError, messageOf, NetworkError, RefusalError } from "../util/errors.js";
import { dollars, hostingPerHour } from "./costs.js";

export interface DeploymentRequest {
  /** The deployment's name, which calls give as `model`. */
  name: string;
  /** A fine-tuned model's name or a checkpoint's id. */
  model: string;
  /**
   * Thousands of tokens a minute; `DEPLOYMENT_CAPACITY` by default. With 1 the service takes about one
   * request a minute.
   */
  capacity?: number;
  /** `DEPLOYMENT_SKU` by default; `DeveloperTier` costs no hosting and is removed after 24 hours. */
  sku?: DeploymentSku;
}

/** A deployment that answers; `reused` says that it was there already. */
export interface DeployedModel {
  name: string;
  reused: boolean;
  /**
   * What Azure charges for hosting it, used or not; null where no price was read. The emulator charges
   * nothing.
   */
  dollarsPerHour: number | null;
}

const probeMinutes = 5;
/** A reasoning model may think for a while about 1 + 1. */
const probeSeconds = 120;

/**
 * Deploys a model, or finds the deployment of that name that serves it, and waits until a small question is
 * answered: the control plane reports success minutes before that. A deployment of another fine-tuned model
 * is replaced; one of a base model is left alone with a `UserError`. Throws `RunEndsHere` where hosting would
 * cost and paid steps are not allowed, and a `UserError` where the service refuses, fails or does not answer
 * within five minutes.
 *
 * @example
 * const { model } = await chooseModel(connection, finished);
 * const deployed = await deployModel(connection, { name: "rft-math", model });
 */
export async function deployModel(connection: Connection, request: DeploymentRequest): Promise<DeployedModel> {
  const { name, model } = request;
  const existing = await connection.deployments.get(name);
  const reused = existing !== undefined && serves(existing, model);
  if (existing && !reused && !isFineTuned(existing.properties.model.name))
    throw new ConfigurationError(
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
    throw new RefusalError(`${model} cannot be deployed as "${name}": ${messageOf(error)}`, { cause: error });
  });
  const state = made.properties.provisioningState;
  if (state !== "Succeeded")
    throw new RefusalError(
      `The deployment "${name}" ended as ${state}. Run this cell again to deploy it once more; if it ends the same way, deploy another checkpoint.`,
    );
}

/** Asks until the deployment answers; right after its creation the data plane may not know it yet. */
async function waitForAnswer(openai: OpenAI, name: string): Promise<void> {
  const question = {
    model: name,
    messages: [{ role: "user" as const, content: "What is 1 + 1?" }],
    max_completion_tokens: 1_000,
  };
  try {
    await withRetry((signal) => openai.chat.completions.create(question, { maxRetries: 0, signal }), {
      minutes: probeMinutes,
      answerSeconds: probeSeconds,
      isWorthIt: (error) => isRetryable(error) || error instanceof OpenAI.NotFoundError,
    });
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    throw new NetworkError(
      `The deployment "${name}" has not answered within ${probeMinutes} minutes. Delete it with deleteResources, wait half a minute and deploy again.`,
      { cause: error },
    );
  }
}
