/**
 * The body of `POST /chat/completions`, with the refusals of reasoning models.
 * Source: Microsoft's how-to on reasoning models.
 * @module
 */
import { z } from "zod";
import { parseRequest } from "./parse.js";
import { invalidParameter } from "./service-error.js";

/** What a request asks for. */
export interface ChatRequest {
  /** The name of a deployment. */
  model: string;
  /** The text of the last message of the user. */
  prompt: string;
  /** How many answers. */
  count: number;
  /** The longest answer in tokens; undefined for the model's own limit. */
  maxTokens: number | undefined;
}

const unsupported = [
  "max_tokens",
  "top_p",
  "presence_penalty",
  "frequency_penalty",
  "logprobs",
  "top_logprobs",
  "logit_bias",
] as const;

const textPart = z.object({
  type: z.literal("text", "must be 'text': the model reads nothing else"),
  text: z.string(),
});

const message = z.object({
  role: z.enum(["developer", "system", "user", "assistant"]),
  content: z.union([z.string(), z.array(textPart)], "must be text or a list of text parts"),
});

const chatRequest = z.strictObject({
  model: z.string(),
  messages: z.array(message).min(1),
  max_completion_tokens: z.int().min(1).nullish(),
  temperature: z.number().nullish(),
  n: z.int().min(1).max(128).nullish(),
  reasoning_effort: z.enum(["low", "medium", "high"]).nullish(),
  response_format: z.object({ type: z.literal("text", "must be 'text'") }).nullish(),
  stream: z.literal(false, "must be false: the emulator sends whole answers").nullish(),
  seed: z.int().nullish(),
  store: z.boolean().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  user: z.string().optional(),
});

/**
 * The request in its checked form. Throws the service's errors: `unsupported_parameter`, `unsupported_value`, or an
 * invalid-parameter error.
 */
export function checkChatRequest(body: unknown): ChatRequest {
  refuseUnsupported((body ?? {}) as Record<string, unknown>);
  const { model, messages, max_completion_tokens, n } = parseRequest(chatRequest, body);
  const roles = messages.map(({ role }) => role);
  if (roles.includes("developer") && roles.includes("system")) {
    throw invalidParameter("messages", "A request may hold a developer message or a system message, not both.");
  }
  // Instructions say nothing to so small a model: it was taught to answer a problem that stands alone.
  const question = messages.findLast(({ role }) => role === "user");
  if (!question) throw invalidParameter("messages", "The messages hold no question of the role 'user'.");
  return { model, prompt: textOf(question.content), count: n ?? 1, maxTokens: max_completion_tokens ?? undefined };
}

function refuseUnsupported(body: Record<string, unknown>): void {
  const parameter = unsupported.find((name) => body[name] !== undefined && body[name] !== null);
  if (parameter) {
    const remedy = parameter === "max_tokens" ? " Use 'max_completion_tokens' instead." : "";
    const text = `Unsupported parameter: '${parameter}' is not supported with this model.${remedy}`;
    throw invalidParameter(parameter, text, "unsupported_parameter");
  }
  const { temperature } = body;
  if (typeof temperature === "number" && temperature !== 1) {
    const text = `Unsupported value: 'temperature' does not support ${temperature} with this model. Only the default (1) value is supported.`;
    throw invalidParameter("temperature", text, "unsupported_value");
  }
}

function textOf(content: string | { text: string }[]): string {
  return typeof content === "string" ? content : content.map(({ text }) => text).join("\n");
}
