/**
 * A chat service on 127.0.0.1 that answers every question alike after a delay, and enforces a limit of requests as Azure does: what
 * is left stands in the headers of each reply, and a request too many is refused with 429 and the time to wait.
 * @module
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * How requests are counted: anew in each second, counted from the first request, or by a bucket that holds the requests of one
 * second and is refilled steadily.
 */
export type LimitKind = "window" | "bucket";

/** What to serve. */
export interface ServerPlan {
  kind: LimitKind;
  requestsPerSecond: number;
  delayMilliseconds: number;
  text: string;
}

/** A running server. */
export interface RateLimitedServer {
  baseUrl: string;
  /** Requests by what became of them. */
  counts: { answered: number; refused: number };
  close(): Promise<void>;
}

/** The least time in which `requests` can be answered, in seconds: the first second's worth goes at once, the others wait. */
export function minimumSeconds(requests: number, { kind, requestsPerSecond, delayMilliseconds }: ServerPlan): number {
  const waiting =
    kind === "window" ? Math.ceil(requests / requestsPerSecond) - 1 : Math.max(0, requests / requestsPerSecond - 1);
  return waiting + delayMilliseconds / 1000;
}

/** Serves until closed. */
export async function startRateLimitedServer(plan: ServerPlan): Promise<RateLimitedServer> {
  const counts = { answered: 0, refused: 0 };
  const take = plan.kind === "window" ? windowLimit(plan.requestsPerSecond) : bucketLimit(plan.requestsPerSecond);
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    const { granted, remaining, resetMilliseconds, retryMilliseconds } = take(performance.now());
    counts[granted ? "answered" : "refused"] += 1;
    response.setHeader("content-type", "application/json");
    response.setHeader("x-ratelimit-limit-requests", plan.requestsPerSecond);
    response.setHeader("x-ratelimit-remaining-requests", remaining);
    response.setHeader("x-ratelimit-reset-requests", `${Math.ceil(resetMilliseconds)}ms`);
    if (granted) {
      await sleep(plan.delayMilliseconds);
      response.end(JSON.stringify(completion(plan.text)));
    } else {
      response.setHeader("retry-after", Math.ceil(retryMilliseconds / 1000));
      response.setHeader("retry-after-ms", Math.ceil(retryMilliseconds));
      response.statusCode = 429;
      response.end(JSON.stringify({ error: { code: "RateLimitReached", message: "Too many requests." } }));
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/openai/v1/`,
    counts,
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}

/** What the limit says of one request. */
interface Ruling {
  granted: boolean;
  remaining: number;
  /** Until the whole limit is there again. */
  resetMilliseconds: number;
  /** Until one request would be granted. */
  retryMilliseconds: number;
}

type Limit = (now: number) => Ruling;

function windowLimit(perSecond: number): Limit {
  let first: number | undefined;
  let window = 0;
  let used = 0;
  return (now) => {
    first ??= now;
    const current = Math.floor((now - first) / 1000);
    if (current > window) used = 0;
    window = current;
    const granted = used < perSecond;
    used += Number(granted);
    const left = first + (window + 1) * 1000 - now;
    return { granted, remaining: perSecond - used, resetMilliseconds: left, retryMilliseconds: left };
  };
}

function bucketLimit(perSecond: number): Limit {
  let held = perSecond;
  let filledAt = performance.now();
  return (now) => {
    held = Math.min(perSecond, held + ((now - filledAt) / 1000) * perSecond);
    filledAt = now;
    const granted = held >= 1;
    held -= Number(granted);
    const millisecondsUntil = (level: number): number => Math.max(0, ((level - held) / perSecond) * 1000);
    return {
      granted,
      remaining: Math.floor(held),
      resetMilliseconds: millisecondsUntil(perSecond),
      retryMilliseconds: millisecondsUntil(1),
    };
  };
}

function completion(content: string): object {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "o4-mini-2025-04-16",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 100, completion_tokens: 500, total_tokens: 600 },
  };
}
