/**
 * From settings to clients. Where no Azure is named, the local emulator is started: from then on it is an address like any other.
 * @module
 */
import { inspect } from "node:util";
import OpenAI from "openai";
import { type DeploymentClient, deploymentClient, type TokenCredential } from "./connect/deployment-client.js";
import { emulatorProcess } from "./connect/emulator-process.js";
import { messageOf, UserError } from "./errors.js";
import { loadSettings, type Settings, withHiddenKey } from "./settings.js";

export type { DeploymentClient } from "./connect/deployment-client.js";

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
  const openai = new OpenAI({
    baseURL: settings.openaiEndpoint,
    apiKey: settings.apiKey ?? (() => signedIn(async () => (await entra()).modelToken())),
    organization: null,
    project: null,
  });
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
  return { getToken: async (scopes) => signedIn(async () => (await entra()).credential.getToken(scopes)) };
}

interface Entra {
  credential: TokenCredential;
  /** A valid token for the models, kept until it runs out. */
  modelToken(): Promise<string>;
}

let entraSignIn: Promise<Entra> | undefined;

/** Loaded on first use: the package is large, and neither a key nor the emulator needs it. */
function entra(): Promise<Entra> {
  entraSignIn ??= import("@azure/identity").then(({ DefaultAzureCredential, getBearerTokenProvider }) => {
    const credential = new DefaultAzureCredential();
    return { credential, modelToken: getBearerTokenProvider(credential, "https://ai.azure.com/.default") };
  });
  return entraSignIn;
}

async function signedIn<T>(getToken: () => Promise<T>): Promise<T> {
  try {
    return await getToken();
  } catch (error) {
    throw new UserError(
      `Signing in to Azure failed. Run "az login", or put a key into AZURE_OPENAI_KEY (deploying always needs a sign-in).\n${messageOf(error)}`,
    );
  }
}

/** Makes an object that holds a key print as `shown`, alone, inside others and as JSON. */
function printedAs<T extends object>(shown: object, object: T): T {
  const value = (): object => shown;
  return Object.defineProperties(object, { [inspect.custom]: { value }, toJSON: { value } });
}
