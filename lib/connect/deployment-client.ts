/**
 * Deployments of one account through the control plane (Azure Resource Manager).
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { CognitiveServicesManagementClient } from "@azure/arm-cognitiveservices";
import { createDefaultHttpClient, type HttpClient, isRestError, type RestError } from "@azure/core-rest-pipeline";
import type { Deployment } from "../service/deployments.js";
import { UserError } from "../util/errors.js";
import { type AccountSettings, controlPlaneAdvice } from "./access-advice.js";
import { pollDelay } from "./poll-delay.js";
import { delayAfter, withRetry } from "./retry.js";
import type { Settings } from "./settings.js";

/** The deployments of one account. What the control plane refuses becomes a `UserError` that says what to do. */
export interface DeploymentClient {
  /** Creates or changes a deployment and waits for the operation's end; its `provisioningState` may still be a failure. */
  createOrUpdate(name: string, deployment: Deployment): Promise<Deployment>;
  /** The deployment of that name, or undefined where there is none. */
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
/** An operation of someone else is waited for this often, about a minute; it may outlast the deployment's change. */
const maxAttempts = 10;
const passingStates: readonly (string | undefined)[] = ["Accepted", "Creating", "Moving", "Deleting"];

/** A client for the deployments of `account`, which signs its requests with `credential`. */
export function deploymentClient(account: DeploymentAccount, credential: TokenCredential): DeploymentClient {
  const { resourceGroup, account: accountName, armEndpoint } = account;
  const transport = armEndpoint.startsWith("http:") ? plainHttp(armEndpoint) : { endpoint: armEndpoint };
  let token: string | undefined;
  const remembered: TokenCredential = {
    async getToken(scopes) {
      const given = await credential.getToken(scopes);
      token = given?.token;
      return given;
    },
  };
  const options = { ...transport, retryOptions: { maxRetries: 0 } };
  const { deployments } = new CognitiveServicesManagementClient(remembered, account.subscriptionId, options);

  /** What people read is built of the error's message alone, without the token where the service repeats it. */
  function explained(error: unknown): unknown {
    if (!isRestError(error)) return error;
    const { statusCode: status, code } = error;
    const message = token ? error.message.replaceAll(token, "***") : error.message;
    const advice = controlPlaneAdvice({ status, code, message }, account);
    const words = `${status ?? ""} ${code ?? ""} ${message}`.trim();
    return new UserError(
      advice ? `${advice}\n(The control plane says: ${words})` : `The control plane refuses: ${words}`,
    );
  }

  /** Every request may be repeated: it says what shall be, not what to add. */
  async function asked<T>(request: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    try {
      return await withRetry((abortSignal) => request({ abortSignal }));
    } catch (error) {
      throw explained(error);
    }
  }

  function find(name: string, options: object): Promise<Deployment | undefined> {
    return deployments.get(resourceGroup, accountName, name, options).then(asDeployment, undefinedIfNotFound);
  }

  /** Asks for the deployment until it is at rest, at the pace that the service named last. */
  async function atRest(name: string, pace: Pace): Promise<Deployment | undefined> {
    for (;;) {
      const deployment = await asked((options) => find(name, { ...options, ...pace.options }));
      if (!passingStates.includes(deployment?.properties.provisioningState)) return deployment;
      await sleep(pace.milliseconds());
    }
  }

  /**
   * Begins an operation and waits until the deployment rests as `isDone` wants it. It begins again where another operation was in
   * its way, or the control plane still shows the state before; resolves to the last state seen where that does not help.
   */
  async function operated(
    name: string,
    begin: (options: object) => Promise<unknown>,
    isDone: (deployment: Deployment | undefined) => boolean,
  ): Promise<Deployment | undefined> {
    const pace = servicePace();
    for (let attempt = 1; ; attempt += 1) {
      const conflict = await asked((options) =>
        begin({ ...options, ...pace.options }).then(() => undefined, conflictOf),
      );
      const deployment = await atRest(name, pace);
      if (isDone(deployment)) return deployment;
      if (attempt === maxAttempts) {
        if (conflict) throw explained(conflict);
        return deployment;
      }
      await sleep(delayAfter(conflict, attempt));
    }
  }

  return {
    async createOrUpdate(name, wanted) {
      const { capacity } = wanted.sku;
      const isDone = (deployment?: Deployment) => deployment !== undefined && modelOf(deployment) === modelOf(wanted);
      const made = await operated(
        name,
        (options) =>
          deployments.beginCreateOrUpdate(resourceGroup, accountName, name, wanted, options).catch((error: unknown) => {
            throw isQuotaError(error) ? noQuota(error, capacity) : error;
          }),
        isDone,
      );
      if (!made || !isDone(made))
        throw new UserError(
          `The deployment "${name}" was not made: someone else deleted it or changed it at the same time.`,
        );
      return made;
    },
    get: (name) => asked((options) => find(name, options)),
    list: () =>
      asked(async (options) => {
        const found: Deployment[] = [];
        for await (const deployment of deployments.list(resourceGroup, accountName, options))
          found.push(asDeployment(deployment));
        return found;
      }),
    async delete(name) {
      const remaining = await operated(
        name,
        (options) => deployments.beginDelete(resourceGroup, accountName, name, options).catch(undefinedIfNotFound),
        (deployment) => deployment === undefined,
      );
      if (remaining) throw new UserError(`The deployment "${name}" is still there. Look at it in the Foundry portal.`);
    },
  };
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

function conflictOf(error: unknown): RestError {
  if (isRestError(error) && error.statusCode === 409) return error;
  throw error;
}

function isQuotaError(error: unknown): error is RestError {
  return isRestError(error) && error.code === "InsufficientQuota";
}

function noQuota({ message }: RestError, capacity: number): UserError {
  return new UserError(
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
 * The package sends no token over plain http, not even to this machine. So it is given an https address of no meaning, which
 * its http client replaces by the real one.
 */
function plainHttp(armEndpoint: string): { endpoint: string; httpClient: HttpClient } {
  const endpoint = "https://arm.local.invalid";
  const http = createDefaultHttpClient();
  const httpClient: HttpClient = {
    sendRequest(request) {
      request.url = request.url.replace(endpoint, armEndpoint);
      request.allowInsecureConnection = true;
      return http.sendRequest(request);
    },
  };
  return { endpoint, httpClient };
}
