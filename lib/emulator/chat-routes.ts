/**
 * `/chat/completions`: questions to a deployment.
 * @module
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Completion } from "../nano/sampling.js";
import { countTokens } from "../nano/tokenizer.js";
import { checkChatRequest } from "./chat-request.js";
import { newId, unixSeconds } from "./ids.js";
import type { Inference } from "./inference.js";
import { findWeights } from "./models.js";
import type { Readiness } from "./readiness.js";
import { ServiceError } from "./service-error.js";
import type { DeploymentRecord, State } from "./state.js";

/** With the value `greedy` the model takes its likeliest token each time. Only the emulator knows it; the reply echoes it. */
const decodingHeader = "x-nano-decoding";

/** Adds the route under the prefix of `app`. */
export function chatRoutes(app: FastifyInstance, state: State, inference: Inference, readiness: Readiness): void {
  app.post("/chat/completions", async (request, reply) => {
    const { model: name, prompt, count, maxTokens } = checkChatRequest(request.body);
    const { properties } = findDeployment(state, name);
    readiness.check(name);
    const weights = findWeights(state, properties.model.name);
    if (!weights) throw deploymentNotFound();
    const model = inference.model(weights);
    const question = {
      weights,
      prompt,
      temperature: isGreedy(request, reply) ? 0 : 1,
      maxTokens: Math.min(maxTokens ?? model.config.context, model.config.context),
    } as const;
    const completions = await Promise.all(Array.from({ length: count }, () => inference.answer(question)));
    return {
      id: newId("chatcmpl"),
      object: "chat.completion",
      created: unixSeconds(),
      model: properties.model.name,
      system_fingerprint: `fp_local_transformer_of_${model.parameterCount}_parameters`,
      choices: completions.map(({ text, finishReason }, index) => ({
        index,
        message: { role: "assistant", content: text, refusal: null },
        finish_reason: finishReason,
        logprobs: null,
      })),
      usage: usageOf(prompt, completions),
    };
  });
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

function isGreedy({ headers }: FastifyRequest, reply: FastifyReply): boolean {
  const greedy = headers[decodingHeader] === "greedy";
  if (greedy) reply.header(decodingHeader, "greedy");
  return greedy;
}

function usageOf(prompt: string, completions: Completion[]): object {
  const promptTokens = countTokens(prompt);
  const completionTokens = sum(completions.map(({ tokens }) => tokens.length));
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: sum(completions.map(({ text }) => reasoningTokens(text))) },
  };
}

/** What stands before the final answer is this model's reasoning; a service would hide it, here it can be read. */
function reasoningTokens(text: string): number {
  return countTokens(text.slice(0, Math.max(0, text.lastIndexOf("\\boxed"))));
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
