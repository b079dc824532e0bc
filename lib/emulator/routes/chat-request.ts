/**
 * The body of `POST /chat/completions`.
 * @module
 */
import { z } from "zod";
import type { Wanted } from "../answering/answering.js";
import { messageWith, questionIn } from "../answering/messages.js";
import { refuseUnsupported } from "../answering/reasoning-limits.js";
import { parseRequest } from "./parse.js";

/** What a request asks for, and how the answer shall come. */
export interface ChatRequest extends Wanted {
  /** Null for one whole answer; else whether the last chunk counts the tokens. */
  stream: { includeUsage: boolean } | null;
}

const chatRequest = z.strictObject({
  model: z.string(),
  messages: z.array(messageWith(["text"])).min(1),
  max_completion_tokens: z.int().min(1).nullish(),
  temperature: z.number().nullish(),
  n: z.int().min(1).max(128).nullish(),
  reasoning_effort: z.enum(["low", "medium", "high"]).nullish(),
  response_format: z.object({ type: z.literal("text", "must be 'text'") }).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
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
  refuseUnsupported(body, "max_completion_tokens");
  const asked = parseRequest(chatRequest, body);
  return {
    deployment: asked.model,
    prompt: questionIn(asked.messages, "messages"),
    count: asked.n ?? 1,
    maxTokens: asked.max_completion_tokens,
    effort: asked.reasoning_effort,
    stream: asked.stream ? { includeUsage: asked.stream_options?.include_usage === true } : null,
  };
}
