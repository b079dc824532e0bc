/**
 * Deployments of one account through the control plane (Azure Resource Manager).
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { CognitiveServicesManagementClient } from "@azure/arm-cognitiveservices";
import { createDefaultHttpClient, type HttpClient, isRestError } from "@azure/core-rest-pipeline";
import type { Deployment } from "../service/deployments.js";
import { pollDelay } from "./poll-delay.js";

/** The deployments of one account. */
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
export interface DeploymentAccount {
  armEndpoint: string;
  subscriptionId: string;
  resourceGroup: string;
  account: string;
}

/** Gives a fresh token for the control plane; the same shape as a credential of `@azure/identity`. */
export interface TokenCredential {
  getToken(scopes: string | string[]): Promise<{ token: string; expiresOnTimestamp: number } | null>;
}

/** An operation that runs on at the service, as the package hands it out. */
interface Poller<T> {
  isDone(): boolean;
  poll(): Promise<void>;
  getResult(): T | undefined;
}

const pollMilliseconds = 5_000;

/** A client for the deployments of `account`, which signs its requests with `credential`. */
export function deploymentClient(account: DeploymentAccount, credential: TokenCredential): DeploymentClient {
  const { resourceGroup, account: accountName } = account;
  const transport = account.armEndpoint.startsWith("http:")
    ? plainHttp(account.armEndpoint)
    : { endpoint: account.armEndpoint };
  const { deployments } = new CognitiveServicesManagementClient(credential, account.subscriptionId, transport);

  /** Asks until the operation has ended, at the pace that the service named last. */
  async function finished<T>(begin: (options: object) => Promise<Poller<T>>): Promise<T> {
    let delay = pollMilliseconds;
    const poller = await begin({
      onResponse: ({ headers }: { headers: { get(name: string): string | undefined } }) => {
        delay = pollDelay((name) => headers.get(name), delay);
      },
    });
    while (!poller.isDone()) {
      await sleep(delay);
      await poller.poll();
    }
    return poller.getResult() as T;
  }

  return {
    async createOrUpdate(name, deployment) {
      const begin = (options: object) =>
        deployments.beginCreateOrUpdate(resourceGroup, accountName, name, deployment, options);
      return asDeployment(await finished(begin));
    },
    async get(name) {
      try {
        return asDeployment(await deployments.get(resourceGroup, accountName, name));
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async list() {
      const found: Deployment[] = [];
      for await (const deployment of deployments.list(resourceGroup, accountName)) found.push(asDeployment(deployment));
      return found;
    },
    async delete(name) {
      try {
        await finished((options) => deployments.beginDelete(resourceGroup, accountName, name, options));
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },
  };
}

/** The package types every member as optional; what the service returns has them. */
function asDeployment(deployment: unknown): Deployment {
  return deployment as Deployment;
}

function isNotFound(error: unknown): boolean {
  return isRestError(error) && error.statusCode === 404;
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
