/**
 * What every request to a reasoning model obeys, whichever route it takes: parameters that such models
 * refuse, what reasoning effort means for the tiny model, and how the question is found among the messages.
 * @module
 */
import { z } from "zod";
import { invalidParameter } from "../protocol.js";

const unsupported = [
  "max_tokens",
  "top_p",
  "presence_penalty",
  "frequency_penalty",
  "logprobs",
  "top_logprobs",
  "logit_bias",
];

/**
 * Throws `unsupported_parameter` or `unsupported_value` as reasoning models do (source: Microsoft's how-to on
 * reasoning models); `limit` is the parameter to use in place of `max_tokens`.
 */
export function refuseUnsupported(body: unknown, limit: "max_completion_tokens" | "max_output_tokens"): void {
  const fields = (body ?? {}) as Record<string, unknown>;
  const parameter = unsupported.find((name) => fields[name] !== undefined && fields[name] !== null);
  if (parameter) {
    const remedy = parameter === "max_tokens" ? ` Use '${limit}' instead.` : "";
    const text = `Unsupported parameter: '${parameter}' is not supported with this model.${remedy}`;
    throw invalidParameter(parameter, text, "unsupported_parameter");
  }
  const { temperature } = fields;
  if (typeof temperature === "number" && temperature !== 1) {
    const text = `Unsupported value: 'temperature' does not support ${temperature} with this model. Only the default (1) value is supported.`;
    throw invalidParameter("temperature", text, "unsupported_value");
  }
}

/** The efforts that a request may ask for. */
export const reasoningEffort = z.enum(["low", "medium", "high"]);

export type ReasoningEffort = z.infer<typeof reasoningEffort>;

/**
 * The longest answer in tokens. Worked solutions take 18 to 66 tokens, so low effort cuts off the longest of
 * them, and high effort leaves room for nothing but rambling. The model's context holds 128 tokens, the
 * question included.
 */
const tokenBudgets: Record<ReasoningEffort, number> = { low: 40, medium: 80, high: 112 };

/**
 * The longest answer in tokens at an effort, in training as in inference; medium by default, as on the
 * service.
 */
export function tokenBudget(effort: ReasoningEffort | null | undefined): number {
  return tokenBudgets[effort ?? "medium"];
}

/** A message, as far as the model can read it. */
export interface Message {
  role: "developer" | "system" | "user" | "assistant";
  content: string | { text: string }[];
}

/** The schema of a message whose text may come in parts of the given types. */
export function messageWith(partTypes: string[]): z.ZodType<Message> {
  const part = z.object({
    type: z.enum(partTypes, `must be '${partTypes[0]}': the model reads nothing else`),
    text: z.string(),
  });
  return z.object({
    role: z.enum(["developer", "system", "user", "assistant"]),
    content: z.union([z.string(), z.array(part)], "must be text or a list of text parts"),
  });
}

/**
 * The text of the user's last message. Instructions mean nothing to so small a model: it was taught to answer
 * a problem that stands alone. Throws an invalid-parameter error about `param` if the user says nothing, or
 * if a developer message and a system message come together.
 */
export function questionIn(messages: Message[], param: string): string {
  const roles = messages.map(({ role }) => role);
  if (roles.includes("developer") && roles.includes("system"))
    throw invalidParameter(param, "A request may hold a developer message or a system message, not both.");
  const question = messages.findLast(({ role }) => role === "user");
  if (!question) throw invalidParameter(param, "The messages hold no question of the role 'user'.");
  const { content } = question;
  return typeof content === "string" ? content : content.map(({ text }) => text).join("\n");
}
