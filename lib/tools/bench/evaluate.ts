/**
 * How close an evaluation comes to the rate limit of the service, and whether its memory grows with the
 * number of questions. The service is a local server that answers every question alike after a delay and
 * enforces a limit as Azure does: each reply's headers tell what is left, and a request too many is refused
 * with 429 and the time to wait.
 * @module
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { measureTask, textTable } from "./measure.js";

/** What to measure. */
interface EvaluateBenchmarkOptions {
  evaluations: number;
  requestsPerSecond: number;
  delayMilliseconds: number;
}

/** An evaluation under one kind of limit. */
interface EvaluateResult {
  limit: LimitKind;
  seconds: number;
  /** The limit's own minimum. */
  minimumSeconds: number;
  /** `seconds` / `minimumSeconds`. */
  ratio: number;
  /** Requests that were refused with 429. */
  refused: number;
  peakMegabytes: number;
  /** The peak memory, divided by that of an evaluation with a tenth of the questions. */
  memoryRatio: number;
}

/** Evaluates against a local server under both kinds of limit. */
export async function benchmarkEvaluate(options: EvaluateBenchmarkOptions): Promise<EvaluateResult[]> {
  return [await evaluateUnder("window", options), await evaluateUnder("bucket", options)];
}

async function evaluateUnder(
  kind: LimitKind,
  { evaluations, ...limits }: EvaluateBenchmarkOptions,
): Promise<EvaluateResult> {
  const text = `${"First $1 + 1 = 2$, and so on. ".repeat(50)}The answer is $\\boxed{7}$.`;
  const plan: ServerPlan = { kind, text, ...limits };
  const run = async (questions: number) => {
    const server = await startRateLimitedServer(plan);
    try {
      const measured = await measureTask("evaluate", { baseUrl: server.baseUrl, evaluations: questions });
      return { ...measured, ...server.counts };
    } finally {
      await server.close();
    }
  };
  const few = await run(Math.ceil(evaluations / 10));
  const { result: seconds, refused, peakMegabytes } = await run(evaluations);
  const minimum = minimumSeconds(evaluations, plan);
  return {
    limit: kind,
    seconds,
    minimumSeconds: minimum,
    ratio: seconds / minimum,
    refused,
    peakMegabytes,
    memoryRatio: peakMegabytes / few.peakMegabytes,
  };
}

/** The results as a table. */
export function describeEvaluate(results: readonly EvaluateResult[]): string {
  return textTable([
    ["limit", "seconds", "its minimum", "ratio", "refused", "peak MB", "memory, 10 x the questions"],
    ...results.map((result) => [
      result.limit,
      result.seconds.toFixed(1),
      result.minimumSeconds.toFixed(1),
      result.ratio.toFixed(2),
      String(result.refused),
      result.peakMegabytes.toFixed(0),
      `x ${result.memoryRatio.toFixed(2)}`,
    ]),
  ]);
}

/**
 * How requests are counted: in windows of one second, from the first request on, or by a bucket that holds
 * the requests of one second and is refilled steadily.
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

/** The least time for `requests`, in seconds: the first second's worth goes at once, the others wait. */
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
