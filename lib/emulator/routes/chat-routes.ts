/**
 * `/chat/completions`: questions to a deployment.
 * @module
 */
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { type Answering, type Answers, answer } from "../answering/answering.js";
import { newId, unixSeconds } from "../state/ids.js";
import { checkChatRequest } from "./chat-request.js";

/** Adds the route under the prefix of `app`. */
export function chatRoutes(app: FastifyInstance, answering: Answering): void {
  app.post("/chat/completions", async (request, reply) => {
    const { stream, ...wanted } = checkChatRequest(request.body);
    const answers = await answer(answering, wanted, request, reply);
    if (!stream) return wholeReply(answers);
    reply.type("text/event-stream");
    return Readable.from(serverSentEvents(chunks(answers, stream.includeUsage)));
  });
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
