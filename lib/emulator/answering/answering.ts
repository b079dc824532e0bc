/**
 * From a checked request to the answers of a deployment, for every route that asks one.
 * @module
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { decodingHeader, sampleHeader } from "../../service/wire.js";
import { sum } from "../../util/numbers.js";
import { type Completion, countReasoningTokens } from "../nano/sampling.js";
import { countTokens } from "../nano/tokenizer.js";
import { ServiceError } from "../protocol.js";
import { findWeights } from "../state/models.js";
import type { DeploymentRecord, State } from "../state/state.js";
import type { Inference } from "./inference.js";
import { type ReasoningEffort, tokenBudget } from "./reasoning.js";

/** What a request asks of a deployment. */
export interface CompletionRequest {
  /** The name of a deployment. */
  deployment: string;
  prompt: string;
  /** How many answers. */
  count: number;
  /** The longest answer in tokens; the effort sets a limit of its own. */
  maxTokens: number | null | undefined;
  effort: ReasoningEffort | null | undefined;
}

/** The answers, and how many tokens they took. */
export interface Answers {
  /** The model behind the deployment. */
  model: string;
  /** Says how small the model is that answered, and which weights it has. */
  fingerprint: string;
  completions: Completion[];
  promptTokens: number;
  completionTokens: number;
  /**
   * What stands before the final answer is this model's reasoning; the service would hide it, here it can be
   * read.
   */
  reasoningTokens: number;
}

/** Where answers come from. */
export interface AnswerContext {
  state: State;
  inference: Inference;
  readiness: Readiness;
}

/**
 * Answers a request. Throws `DeploymentNotFound`, `DeploymentNotReady`, or 429 while too many questions wait.
 */
export async function answer(
  { state, inference, readiness }: AnswerContext,
  { deployment: name, prompt, count, maxTokens, effort }: CompletionRequest,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Answers> {
  const { properties } = findDeployment(state, name);
  readiness.check(name);
  const weights = findWeights(state, properties.model.name);
  if (!weights) throw deploymentNotFound();
  if (!inference.hasRoomFor(count)) {
    reply.header("retry-after", 1);
    throw new ServiceError(429, "tooManyRequests", "Too many questions wait for an answer. Try again in a second.");
  }
  const model = inference.model(weights);
  const question = {
    weights,
    prompt,
    temperature: isGreedy(request, reply) ? 0 : 1,
    maxTokens: Math.min(maxTokens ?? Number.POSITIVE_INFINITY, tokenBudget(effort)),
  } as const;
  const first = firstSample(request);
  const completions = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      inference.answer({ ...question, sample: first === undefined ? undefined : first + i }),
    ),
  );
  return {
    model: properties.model.name,
    fingerprint: `fp_local_transformer_of_${model.parameterCount}_parameters_${inference.digest(weights).slice(0, 16)}`,
    completions,
    promptTokens: countTokens(prompt),
    completionTokens: sum(completions.map(({ tokens }) => tokens.length)),
    reasoningTokens: sum(completions.map(countReasoningTokens)),
  };
}

function findDeployment({ deployments }: State, name: string): DeploymentRecord {
  const deployment = deployments.get(name.toLowerCase());
  if (deployment?.properties.provisioningState !== "Succeeded") throw deploymentNotFound();
  return deployment;
}

function deploymentNotFound(): ServiceError {
  return new ServiceError(
    404,
    "DeploymentNotFound",
    "The API deployment for this resource does not exist. If you created it within the last 5 minutes, wait a moment and try again.",
  );
}

/** Deployments that have succeeded and do not answer yet, as happens for some minutes on the service. */
export class Readiness {
  readonly #refusals = new Map<string, number>();

  /** Makes the deployment refuse its next `calls` questions. */
  delay(deployment: string, calls: number): void {
    this.#refusals.set(deployment.toLowerCase(), calls);
  }

  /** Throws `DeploymentNotReady` (503) while the deployment still has questions to refuse. */
  check(deployment: string): void {
    const left = this.#refusals.get(deployment.toLowerCase()) ?? 0;
    if (left === 0) return;
    this.#refusals.set(deployment.toLowerCase(), left - 1);
    throw new ServiceError(
      503,
      "DeploymentNotReady",
      `The deployment '${deployment}' is not ready yet. Wait a moment and try again.`,
    );
  }
}

function isGreedy({ headers }: FastifyRequest, reply: FastifyReply): boolean {
  const greedy = headers[decodingHeader] === "greedy";
  if (greedy) reply.header(decodingHeader, "greedy");
  return greedy;
}

function firstSample({ headers }: FastifyRequest): number | undefined {
  const number = Number(headers[sampleHeader] ?? Number.NaN);
  return Number.isSafeInteger(number) ? number : undefined;
}
