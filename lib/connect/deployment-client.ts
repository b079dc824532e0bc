/**
 * Deployments of one account through the control plane (Azure Resource Manager).
 * @module
 */
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { CognitiveServicesManagementClient } from "@azure/arm-cognitiveservices";
import {
  createDefaultHttpClient,
  type HttpClient,
  isRestError,
  type PipelineOptions,
  type RestError,
} from "@azure/core-rest-pipeline";
import { armOrigin, type Deployment } from "../service/wire.js";
import { RefusalError } from "../util/errors.js";
import { retry } from "../util/retry.js";
import { type AccountSettings, controlPlaneAdvice } from "./access-advice.js";
import { delayAfter, isConflict, pollDelay, withRetry } from "./retry.js";
import type { Settings } from "./settings.js";

/**
 * The deployments of one account. What the control plane refuses becomes a `RefusalError` that says what to
 * do.
 */
export interface DeploymentClient {
  /**
   * Creates or changes a deployment and waits for the operation's end; its `provisioningState` may still be a
   * failure.
   */
  createOrUpdate(name: string, deployment: Deployment): Promise<Deployment>;
  /** The deployment of that name, or undefined. */
  get(name: string): Promise<Deployment | undefined>;
  list(): Promise<Deployment[]>;
  /** Deletes a deployment and waits until it is gone; one that does not exist counts as gone. */
  delete(name: string): Promise<void>;
}

/** Whose deployments they are. */
export type DeploymentAccount = AccountSettings & Pick<Settings, "armEndpoint">;

/** Gives a fresh token for the control plane; the same shape as a credential of `@azure/identity`. */
export interface TokenCredential {
  getToken(scopes: string | string[]): Promise<{ token: string; expiresOnTimestamp: number } | null>;
}

const pollMilliseconds = 5_000;
/**
 * An operation of someone else is waited for this often, about a minute; it may outlast the deployment's
 * change.
 */
const maxAttempts = 10;
const passingStates: readonly (string | undefined)[] = ["Accepted", "Creating", "Moving", "Deleting"];

/**
 * A client for the deployments of `account`, which signs its requests with `credential`. Where the
 * control plane is without TLS, it is asked for at the address that `address` tells at that moment.
 */
export function deploymentClient(
  account: DeploymentAccount,
  credential: TokenCredential,
  address: () => Promise<{ armEndpoint: string }>,
): DeploymentClient {
  const plane = controlPlane(account, credential, address);
  const { deployments } = plane;
  const scope = [account.resourceGroup, account.account] as const;
  return {
    async createOrUpdate(name, wanted) {
      const isDone = (found?: Deployment): found is Deployment =>
        found !== undefined && modelOf(found) === modelOf(wanted);
      return operate(plane, name, {
        begin: (options) =>
          deployments.beginCreateOrUpdate(...scope, name, wanted, options).catch((error: unknown) => {
            throw isQuotaError(error) ? noQuota(error, wanted.sku.capacity) : error;
          }),
        isDone,
        failure: `The deployment "${name}" was not made: someone else deleted it or changed it at the same time.`,
      });
    },
    get: (name) => plane.ask((options) => plane.find(name, options)),
    list: () =>
      plane.ask(async (options) => {
        const found: Deployment[] = [];
        for await (const deployment of deployments.list(...scope, options)) found.push(asDeployment(deployment));
        return found;
      }),
    delete: (name) =>
      operate(plane, name, {
        begin: (options) => deployments.beginDelete(...scope, name, options).catch(undefinedIfNotFound),
        isDone: (found): found is undefined => found === undefined,
        failure: `The deployment "${name}" is still there. Look at it in the Foundry portal.`,
      }),
  };
}

/** The package's client with what every request to it needs. */
interface ControlPlane {
  deployments: CognitiveServicesManagementClient["deployments"];
  /**
   * Sends a request, again where the control plane does not answer: it says what is to be there, not what to
   * add.
   */
  ask<T>(request: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T>;
  /** The deployment of that name, or undefined. */
  find(name: string, options: object): Promise<Deployment | undefined>;
  /** The error to throw in place of one of the package. */
  explained(error: unknown): unknown;
}

function controlPlane(
  account: DeploymentAccount,
  credential: TokenCredential,
  address: () => Promise<{ armEndpoint: string }>,
): ControlPlane {
  const { armEndpoint } = account;
  let token: string | undefined;
  const remembered: TokenCredential = {
    async getToken(scopes) {
      const given = await credential.getToken(scopes);
      token = given?.token;
      return given;
    },
  };
  const transport = armEndpoint.startsWith("http:") ? plainHttp(address) : { endpoint: armEndpoint };
  const options = { ...transport, retryOptions: { maxRetries: 0 } };
  const { deployments } = new CognitiveServicesManagementClient(remembered, account.subscriptionId, options);
  const explained = (error: unknown): unknown => (isRestError(error) ? refusalOf(error, account, token) : error);
  return {
    deployments,
    explained,
    ask: (request) =>
      withRetry((abortSignal) => request({ abortSignal })).catch((error: unknown) => {
        throw explained(error);
      }),
    find: (name, options) =>
      deployments.get(account.resourceGroup, account.account, name, options).then(asDeployment, undefinedIfNotFound),
  };
}

/**
 * Built of the error's message alone, and without the token where the service repeats it: the whole error
 * holds the request.
 */
function refusalOf(error: RestError, account: AccountSettings, token: string | undefined): RefusalError {
  const { statusCode: status, code } = error;
  const message = token ? error.message.replaceAll(token, "***") : error.message;
  const advice = controlPlaneAdvice({ status, code, message }, account);
  const words = `${status ?? ""} ${code ?? ""} ${message}`.trim();
  return new RefusalError(
    advice ? `${advice}\n(The control plane says: ${words})` : `The control plane refuses: ${words}`,
  );
}

/** An operation on a deployment, and the state that it leads to. */
interface Operation<T extends Deployment | undefined> {
  begin: (options: object) => Promise<unknown>;
  isDone: (found: Deployment | undefined) => found is T;
  /** What to say where the deployment never gets there. */
  failure: string;
}

/**
 * Begins an operation and waits until the deployment is at rest in the state that `isDone` accepts, which it
 * returns. It begins again where another operation was in its way, or the control plane still shows the state
 * before.
 */
async function operate<T extends Deployment | undefined>(
  plane: ControlPlane,
  name: string,
  { begin, isDone, failure }: Operation<T>,
): Promise<T> {
  const pace = servicePace();
  const unfinished = new RefusalError(failure);
  const attempt = async (): Promise<T> => {
    const conflict = await plane.ask((options) =>
      begin({ ...options, ...pace.options }).then(() => undefined, conflictOf),
    );
    const found = await atRest(plane, name, pace);
    if (isDone(found)) return found;
    throw conflict ?? unfinished;
  };
  return retry(attempt, {
    delayAfter: (error, attempts) => {
      const isWorthIt = error === unfinished || isConflict(error);
      return isWorthIt && attempts < maxAttempts ? delayAfter(error, attempts) : undefined;
    },
  }).catch((error: unknown) => {
    throw plane.explained(error);
  });
}

/** Asks for the deployment until it is at rest, at the pace that the service named last. */
async function atRest(plane: ControlPlane, name: string, pace: Pace): Promise<Deployment | undefined> {
  for (;;) {
    const deployment = await plane.ask((options) => plane.find(name, { ...options, ...pace.options }));
    if (!passingStates.includes(deployment?.properties.provisioningState)) return deployment;
    await sleep(pace.milliseconds());
  }
}

/** The package types every member as optional; what the service returns has them. */
function asDeployment(deployment: unknown): Deployment {
  return deployment as Deployment;
}

function modelOf({ properties }: Deployment): string {
  return properties.model.name.toLowerCase();
}

function undefinedIfNotFound(error: unknown): undefined {
  if (!isRestError(error) || error.statusCode !== 404 || controlPlaneLacks(error)) throw error;
  return undefined;
}

/** A missing account, group or subscription is not a missing deployment. */
function controlPlaneLacks({ code }: RestError): boolean {
  return ["SubscriptionNotFound", "ResourceGroupNotFound", "ParentResourceNotFound"].includes(code ?? "");
}

/** Returns a conflict, and throws everything else. */
function conflictOf(error: unknown): unknown {
  if (isConflict(error)) return error;
  throw error;
}

function isQuotaError(error: unknown): error is RestError {
  return isRestError(error) && error.code === "InsufficientQuota";
}

function noQuota({ message }: RestError, capacity: number): RefusalError {
  return new RefusalError(
    `${message}\nThere is no quota for a capacity of ${capacity}: ask for less (DEPLOYMENT_CAPACITY in .env), delete a deployment, or ask for more quota in the Foundry portal.`,
  );
}

/** How long to wait between two questions, as the replies to requests with `options` say. */
interface Pace {
  options: { onResponse(response: { headers: { get(name: string): string | undefined } }): void };
  milliseconds(): number;
}

function servicePace(): Pace {
  let delay = pollMilliseconds;
  return {
    options: {
      onResponse: ({ headers }) => {
        delay = pollDelay((name) => headers.get(name), delay);
      },
    },
    milliseconds: () => delay,
  };
}

/**
 * The package sends no token over plain http, not even to this machine. So it is given an https address that
 * leads nowhere, which its http client replaces by the real one, without a proxy: given some proxy, the
 * package looks for none in the environment, and the agent takes its place.
 */
function plainHttp(
  address: () => Promise<{ armEndpoint: string }>,
): Pick<PipelineOptions, "proxyOptions"> & { endpoint: string; httpClient: HttpClient } {
  const http = createDefaultHttpClient();
  const agent = new Agent({ keepAlive: true });
  const httpClient: HttpClient = {
    async sendRequest(request) {
      request.agent = agent;
      request.url = request.url.replace(armOrigin, (await address()).armEndpoint);
      request.allowInsecureConnection = true;
      return http.sendRequest(request);
    },
  };
  return { endpoint: armOrigin, httpClient, proxyOptions: { host: "http://127.0.0.1", port: 1 } };
}
