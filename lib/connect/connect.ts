/**
 * From settings to clients. Where no Azure is named, the local emulator is started: from then on it is an address like any other.
 * @module
 */
import { inspect } from "node:util";
import type OpenAI from "openai";
import { messageOf, UserError } from "../util/errors.js";
import { signInAdvice } from "./access-advice.js";
import { type DeploymentClient, deploymentClient, type TokenCredential } from "./deployment-client.js";
import { emulatorProcess } from "./emulator-process.js";
import { ServiceClient } from "./service-client.js";
import { loadSettings, type Settings, withHiddenKey } from "./settings.js";

export type { DeploymentClient } from "./deployment-client.js";

/** The service, ready to be called. Printing it shows where it leads and no key. */
export interface Connection {
  settings: Settings;
  openai: OpenAI;
  deployments: DeploymentClient;
  /** Ends the local emulator, for every connection of this process; on Azure there is nothing to end. */
  close(): Promise<void>;
}

/**
 * Connects as `settings` say. On the local backend this starts the emulator, or finds the one this process already runs.
 * Throws a `UserError` where the emulator does not start; on Azure nothing is called yet.
 */
export async function connect(settings: Settings = loadSettings()): Promise<Connection> {
  if (settings.backend === "azure") return connection(settings, async () => {});
  const { baseUrl, projectEndpoint, armEndpoint, apiKey, close } = await emulatorProcess(settings.emulatorStateDir);
  return connection({ ...settings, openaiEndpoint: baseUrl, projectEndpoint, armEndpoint, apiKey }, close);
}

function connection(settings: Settings, close: () => Promise<void>): Connection {
  const shown = { backend: settings.backend, endpoint: settings.openaiEndpoint };
  const client = {
    baseURL: settings.openaiEndpoint,
    // The SDK calls the function before every request, so that a token is never older than its validity.
    apiKey: settings.apiKey ?? (() => signedIn(() => modelToken(settings.openaiScope))),
    organization: null,
    project: null,
  };
  const openai = new ServiceClient(client, settings);
  const deployments = deploymentClient(settings, armCredential(settings));
  return printedAs(shown, {
    settings: withHiddenKey({ ...settings, apiKey: settings.apiKey }),
    openai: printedAs(shown, openai),
    deployments,
    close,
  });
}

/** A control plane without TLS is an emulator on this machine, which takes its key as the token. */
function armCredential({ armEndpoint, apiKey }: Settings): TokenCredential {
  if (armEndpoint.startsWith("http:"))
    return { getToken: async () => ({ token: apiKey ?? "", expiresOnTimestamp: Date.now() + 3_600_000 }) };
  return { getToken: async (scopes) => signedIn(async () => (await entra()).getToken(scopes)) };
}

let credential: Promise<TokenCredential> | undefined;

/** Loaded on first use: the package is large, and neither a key nor the emulator needs it. */
function entra(): Promise<TokenCredential> {
  credential ??= import("@azure/identity").then(({ DefaultAzureCredential }) => new DefaultAzureCredential());
  return credential;
}

/** A valid token for the models; the credential keeps it until it is about to run out. */
async function modelToken(scope: string): Promise<string> {
  const { getBearerTokenProvider } = await import("@azure/identity");
  const provider = tokenProviders.get(scope) ?? getBearerTokenProvider(await entra(), scope);
  tokenProviders.set(scope, provider);
  return provider();
}

const tokenProviders = new Map<string, () => Promise<string>>();

async function signedIn<T>(getToken: () => Promise<T>): Promise<T> {
  try {
    return await getToken();
  } catch (error) {
    throw new UserError(`${signInAdvice(messageOf(error))}\n(${messageOf(error)})`);
  }
}

/** Makes an object that holds a key print as `shown`, alone, inside others and as JSON. */
function printedAs<T extends object>(shown: object, object: T): T {
  const value = (): object => shown;
  return Object.defineProperties(object, { [inspect.custom]: { value }, toJSON: { value } });
}
