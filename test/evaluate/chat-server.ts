/**
 * A chat service on 127.0.0.1 whose answers a test decides, for what the emulator cannot be made to do.
 * @module
 */
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import OpenAI from "openai";
import type { Connection } from "../../dist/connect/connect.js";

export interface ChatRequest {
  model: string;
  messages: { role: string; content: string }[];
  [parameter: string]: unknown;
}

export interface ChatAnswer {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
  /** Where the connection breaks: before the reply, or in its middle. */
  breaks?: "before" | "within";
}

export interface ChatServer {
  connection: Pick<Connection, "openai" | "settings">;
  requests: ChatRequest[];
  /** The headers of each request, in the same order. */
  headers: IncomingHttpHeaders[];
  /** The largest number of requests that were open at the same time. */
  mostAtOnce(): number;
  close(): Promise<void>;
}

/** Serves until closed; `answer` is given each request and how many came before it. */
export async function startChatServer(
  answer: (request: ChatRequest, index: number) => ChatAnswer,
): Promise<ChatServer> {
  const requests: ChatRequest[] = [];
  const received: IncomingHttpHeaders[] = [];
  let open = 0;
  let most = 0;
  const server = Fastify();
  server.post<{ Body: ChatRequest }>("/openai/v1/chat/completions", async ({ body, headers: sent }, reply) => {
    received.push(sent);
    open += 1;
    most = Math.max(most, open);
    const { status = 200, headers = {}, body: answered, breaks } = answer(body, requests.push(body) - 1);
    await new Promise((next) => setImmediate(next));
    open -= 1;
    if (breaks) {
      reply.hijack();
      const { socket } = reply.raw;
      if (breaks === "before") socket?.resetAndDestroy();
      else {
        reply.raw.writeHead(status, { "content-type": "application/json", "content-length": 1000 });
        reply.raw.write('{"id": "chatcmpl-1", ', () => socket?.destroy());
      }
      return reply;
    }
    return reply.status(status).headers(headers).send(answered);
  });
  await server.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const openai = new OpenAI({ baseURL: `http://127.0.0.1:${port}/openai/v1/`, apiKey: "key-of-the-chat-server" });
  const settings = { backend: "local", runPaidJobs: false } as Connection["settings"];
  return {
    connection: { openai, settings },
    requests,
    headers: received,
    mostAtOnce: () => most,
    close: () => server.close(),
  };
}

/** A completion as the service sends it: 10 prompt tokens and 20 completion tokens, 5 of them reasoning. */
export function completion(text: string, finishReason = "stop", model = "test"): ChatAnswer {
  return {
    body: {
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1,
      model,
      choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: finishReason }],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 20,
        total_tokens: 30,
        completion_tokens_details: { reasoning_tokens: 5 },
      },
    },
  };
}

/** An error in the service's envelope, which asks to be called again after a millisecond. */
export function failure(status: number, code: string): ChatAnswer {
  const error = { message: `refused: ${code}`, type: "invalid_request_error", param: null, code };
  return { status, headers: { "retry-after-ms": "1" }, body: { error } };
}
