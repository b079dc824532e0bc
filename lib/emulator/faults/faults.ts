/**
 * Makes calls go wrong as a fault plan says.
 * @module
 */
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ConfigurationError } from "../../util/errors.js";
import { ServiceError } from "../protocol.js";
import { type Fault, type FaultOf, type FaultPlan, parseFaultPlan } from "./fault-plan.js";

/** Counts calls, and knows which of them go wrong. */
export class Faults {
  readonly #plan: Fault[];
  readonly #calls = new Map<string, number>();
  readonly #injected = new WeakMap<FastifyRequest, Fault>();

  /** Throws a `ConfigurationError` if the plan is invalid. */
  constructor(plan: FaultPlan) {
    this.#plan = parseFaultPlan(plan).map((fault) => ({ ...fault, route: routeName(fault.route) }) as Fault);
  }

  /**
   * Puts the plan into effect on the routes that are added to `app` afterwards. Without a plan it costs
   * nothing.
   */
  install(app: FastifyInstance): void {
    if (this.#plan.length === 0) return;
    const routes = new Set<string>();
    app.addHook("onRoute", ({ method, url }) => {
      for (const one of [method].flat()) routes.add(routeName(`${one} ${url}`));
    });
    app.addHook("onReady", async () => {
      const unknown = this.#plan.find(({ route }) => !routes.has(route));
      if (unknown)
        throw new ConfigurationError(
          `The fault plan names "${unknown.route}", which is none of ${[...routes].join(", ")}.`,
        );
    });
    app.addHook("onRequest", async (request, reply) => {
      const fault = this.#next(request);
      if (!fault) return;
      this.#injected.set(request, fault);
      faultBefore(fault, request, reply);
    });
    app.addHook("onSend", async (request, reply, payload) => {
      const fault = this.#injected.get(request);
      return fault ? faultAfter(fault, reply, payload) : payload;
    });
  }

  /** The fault of this call if it has this kind, which the route itself must bring about. */
  of<K extends Fault["kind"]>(request: FastifyRequest, kind: K): FaultOf<K> | undefined {
    const fault = this.#injected.get(request);
    return fault?.kind === kind ? (fault as FaultOf<K>) : undefined;
  }

  #next({ method, routeOptions: { url } }: FastifyRequest): Fault | undefined {
    if (url === undefined) return undefined;
    const name = routeName(`${method} ${url}`);
    const call = (this.#calls.get(name) ?? 0) + 1;
    this.#calls.set(name, call);
    return this.#plan.find(({ route, nth, times }) => route === name && call >= nth && call < nth + times);
  }
}

/** One name for a route, whatever its prefix and the names of its parameters. */
function routeName(route: string): string {
  return route
    .replace("/api/projects/:project/", "/")
    .replace(/\/subscriptions\/.*\/(deployments|operations)/, "/$1")
    .replaceAll(/:\w+/g, ":id");
}

function faultBefore(fault: Fault, request: FastifyRequest, reply: FastifyReply): void {
  switch (fault.kind) {
    case "rate_limit":
      reply.header("retry-after", fault.retryAfter);
      throw new ServiceError(429, "tooManyRequests", "Too many requests: try again after the time in 'retry-after'.");
    case "internal_error":
      throw new ServiceError(500, "internalFailure", "The server had an error while processing the request.");
    case "unavailable":
      throw new ServiceError(503, "serviceUnavailable", "The service is temporarily unavailable.");
    case "expired_token":
      throw new ServiceError(401, "401", "Access denied: the access token has expired.");
    case "reset_before":
      reply.hijack();
      request.raw.socket.resetAndDestroy();
  }
}

async function faultAfter(fault: Fault, reply: FastifyReply, payload: unknown): Promise<unknown> {
  switch (fault.kind) {
    case "reset_after":
      reply.raw.socket?.resetAndDestroy();
      return payload;
    case "truncated_json":
      return firstHalf(await contentOf(payload));
    case "slow_body":
      return Readable.from(halves(await contentOf(payload), fault.delay));
    default:
      return payload;
  }
}

async function* halves(content: Buffer, milliseconds: number): AsyncGenerator<Buffer> {
  const first = firstHalf(content);
  yield first;
  await delay(milliseconds);
  yield content.subarray(first.length);
}

function firstHalf(content: Buffer): Buffer {
  return content.subarray(0, Math.floor(content.length / 2));
}

async function contentOf(payload: unknown): Promise<Buffer> {
  return payload instanceof Readable ? buffer(payload) : Buffer.from((payload as string | undefined) ?? "");
}
