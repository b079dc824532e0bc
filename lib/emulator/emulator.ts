/**
 * The local stand-in for the service: one HTTP server on 127.0.0.1 with the data plane of Azure OpenAI and
 * the part of the control plane that deploys, over one state folder.
 * @module
 */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import { type GraderSandbox, openSandbox } from "../grader/sandbox.js";
import { ConfigurationError } from "../util/errors.js";
import { Readiness } from "./answering/answering.js";
import { Inference } from "./answering/inference.js";
import type { FaultPlan } from "./faults/fault-plan.js";
import { Faults } from "./faults/faults.js";
import { armErrorEnvelope, asServiceError, errorEnvelope, refuseDeepNesting, ServiceError } from "./protocol.js";
import { guardAccess } from "./routes/access.js";
import { chatRoutes } from "./routes/chat-routes.js";
import { type ControlPlane, deploymentRoutes } from "./routes/deployment-routes.js";
import { checkPendingFiles, fileRoutes } from "./routes/file-routes.js";
import { graderRoutes } from "./routes/grader-routes.js";
import { jobRoutes } from "./routes/job-routes.js";
import { responsesRoutes } from "./routes/responses-routes.js";
import { lockFolder } from "./state/folder-lock.js";
import { openState, type State } from "./state/state.js";
import { JobRunner } from "./training/job-runner.js";

export interface EmulatorOptions {
  /** Where files, jobs, models and deployments are kept; created if it is missing. */
  stateDir: string;
  /** 0, the default, takes any that is free. */
  port?: number;
  /** By default a random one for each start. */
  apiKey?: string;
  /** Calls that go wrong; none by default. */
  faults?: FaultPlan;
}

/** A running emulator. */
export interface Emulator {
  /** The v1 data plane; ends in `/openai/v1/`. */
  baseUrl: string;
  /** The same as a Foundry project; the data plane lies below it, under `/openai/v1`. */
  projectEndpoint: string;
  /** The control plane, without a slash at its end. */
  armEndpoint: string;
  apiKey: string;
  /**
   * Stops training and the server, and frees the state folder. A job that was running resumes at the next
   * start.
   */
  close(): Promise<void>;
}

/** Bytes of a request that is not an upload; the largest is a grader with 256 kB of source. */
const bodyLimit = 4_000_000;

/**
 * Starts the emulator. Throws a `ConfigurationError` if the state folder or the port is in use or the fault
 * plan is invalid, and a `DataError` if a file of the state folder cannot be read.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { stateDir, port = 0, apiKey = randomBytes(24).toString("base64url") } = options;
  const faults = new Faults(options.faults ?? []);
  await mkdir(stateDir, { recursive: true });
  const unlock = await lockFolder(stateDir);
  const sandbox = openSandbox();
  const app = fastify({
    logger: false,
    bodyLimit,
    genReqId: () => randomUUID(),
    forceCloseConnections: true,
    // Addresses that cannot be read are refused before the hooks and handlers of the routes.
    frameworkErrors: answerError,
  });
  try {
    const state = await openState(stateDir);
    await addBaseDeployment(state);
    const runner = new JobRunner(state);
    const parts = { state, faults, runner, sandbox, inference: new Inference(), readiness: new Readiness() };
    addRoutes(app, apiKey, parts);
    await listen(app, port);
    checkPendingFiles(state);
    runner.start();

    const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    return {
      baseUrl: `${origin}/openai/v1/`,
      projectEndpoint: `${origin}/api/projects/local`,
      armEndpoint: origin,
      apiKey,
      close: async () => {
        await app.close();
        await runner.close();
        await state.tasks.close();
        sandbox.close();
        await unlock();
      },
    };
  } catch (error) {
    sandbox.close();
    await app.close();
    await unlock();
    throw error;
  }
}

/** What the routes work on. */
interface Parts extends ControlPlane {
  runner: JobRunner;
  sandbox: GraderSandbox;
}

/** Hooks and error handlers come first: a route has only those that were there before it. */
function addRoutes(app: FastifyInstance, apiKey: string, parts: Parts): void {
  const { state, faults, runner, sandbox } = parts;
  app.addHook("onRequest", async ({ id }, reply) => void reply.headers({ "x-request-id": id, "apim-request-id": id }));
  guardAccess(app, apiKey);
  app.addHook("preValidation", async ({ body }) => refuseDeepNesting(body));
  answerErrors(app);
  faults.install(app);
  const dataPlane = async (routes: FastifyInstance): Promise<void> => {
    fileRoutes(routes, state, faults);
    jobRoutes(routes, state, runner, faults);
    graderRoutes(routes, sandbox);
    chatRoutes(routes, parts);
    responsesRoutes(routes, parts);
  };
  app.register(dataPlane, { prefix: "/openai/v1" });
  app.register(dataPlane, { prefix: "/api/projects/:project/openai/v1" });
  app.register(async (routes) => deploymentRoutes(routes, parts));
}

async function listen(app: FastifyInstance, port: number): Promise<void> {
  try {
    await app.listen({ host: "127.0.0.1", port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new ConfigurationError(`The port ${port} is in use. Choose another one, or 0 for any that is free.`, {
      cause: error,
    });
  }
}

function answerError(error: unknown, _request: unknown, reply: FastifyReply): FastifyReply {
  const refusal = asServiceError(error);
  return reply.status(refusal.status).send(errorEnvelope(refusal));
}

function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(({ method, url }, reply) => {
    const refusal = new ServiceError(404, "notFound", `The emulator knows no ${method} ${url.split("?")[0]}.`);
    const isControlPlane = url.startsWith("/subscriptions/");
    return reply.status(404).send(isControlPlane ? armErrorEnvelope(refusal) : errorEnvelope(refusal));
  });
}

/** A deployment of the base model, as if the reader had created it on Azure before. */
async function addBaseDeployment({ deployments }: State): Promise<void> {
  if (deployments.get("o4-mini")) return;
  await deployments.put({
    name: "o4-mini",
    sku: { name: "GlobalStandard", capacity: 50 },
    properties: {
      model: { format: "OpenAI", name: "o4-mini", version: "2025-04-16" },
      provisioningState: "Succeeded",
    },
  });
}
