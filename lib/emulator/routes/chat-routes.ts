/**
 * `/chat/completions`: questions to a deployment, answered whole or as a stream.
 * @module
 */
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type AnswerContext, type Answers, answer, type CompletionRequest } from "../answering/answering.js";
import { messageWith, questionIn, reasoningEffort, refuseUnsupported } from "../answering/reasoning.js";
import { newId, parseRequest, unixSeconds } from "../protocol.js";

const chatRequest = z.strictObject({
  model: z.string(),
  messages: z.array(messageWith(["text"])).min(1),
  max_completion_tokens: z.int().min(1).nullish(),
  temperature: z.number().nullish(),
  n: z.int().min(1).max(128).nullish(),
  reasoning_effort: reasoningEffort.nullish(),
  response_format: z.object({ type: z.literal("text", "must be 'text'") }).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  seed: z.int().nullish(),
  store: z.boolean().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  user: z.string().optional(),
});

/** What a request asks for, and in which form it wants the answer. */
interface ChatRequest extends CompletionRequest {
  /** Null for one whole answer; else whether the last chunk counts the tokens. */
  stream: { includeUsage: boolean } | null;
}

/** Adds the route under the prefix of `app`. */
export function chatRoutes(app: FastifyInstance, context: AnswerContext): void {
  app.post("/chat/completions", async (request, reply) => {
    const { stream, ...question } = checkChatRequest(request.body);
    const answers = await answer(context, question, request, reply);
    if (!stream) return wholeReply(answers);
    reply.type("text/event-stream");
    return Readable.from(serverSentEvents(chunks(answers, stream.includeUsage)));
  });
}

/** The checked request. Throws `unsupported_parameter`, `unsupported_value`, or an invalid-parameter error. */
function checkChatRequest(body: unknown): ChatRequest {
  refuseUnsupported(body, "max_completion_tokens");
  const fields = parseRequest(chatRequest, body);
  return {
    deployment: fields.model,
    prompt: questionIn(fields.messages, "messages"),
    count: fields.n ?? 1,
    maxTokens: fields.max_completion_tokens,
    effort: fields.reasoning_effort,
    stream: fields.stream ? { includeUsage: fields.stream_options?.include_usage === true } : null,
  };
}

function wholeReply(answers: Answers): object {
  return {
    ...frame("chat.completion", answers),
    choices: answers.completions.map(({ text, finishReason }, index) => ({
      index,
      message: { role: "assistant", content: text, refusal: null },
      finish_reason: finishReason,
      logprobs: null,
    })),
    usage: usageOf(answers),
  };
}

/** The answers word by word, in the chunks in which the service streams them. */
function* chunks(answers: Answers, includeUsage: boolean): Generator<object> {
  const common = frame("chat.completion.chunk", answers);
  const chunk = (index: number, delta: object, finish: string | null = null): object => ({
    ...common,
    choices: [{ index, delta, finish_reason: finish, logprobs: null }],
    ...(includeUsage ? { usage: null } : {}),
  });
  for (const [index, { text, finishReason }] of answers.completions.entries()) {
    yield chunk(index, { role: "assistant", content: "", refusal: null });
    for (const word of text.match(/\S+\s*|\s+/g) ?? []) yield chunk(index, { content: word });
    yield chunk(index, {}, finishReason);
  }
  if (includeUsage) yield { ...common, choices: [], usage: usageOf(answers) };
}

function* serverSentEvents(data: Iterable<object>): Generator<string> {
  for (const one of data) yield `data: ${JSON.stringify(one)}\n\n`;
  yield "data: [DONE]\n\n";
}

function frame(object: string, { model, fingerprint }: Answers): object {
  return { id: newId("chatcmpl"), object, created: unixSeconds(), model, system_fingerprint: fingerprint };
}

function usageOf({ promptTokens, completionTokens, reasoningTokens }: Answers): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  };
}
