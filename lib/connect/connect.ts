/**
 * From settings to clients, and the consent to steps that cost money. Where the settings name no Azure
 * resource, the local emulator is started: from then on it is an address like any other.
 * @module
 */
import { inspect } from "node:util";
import OpenAI, { type APIError, type ClientOptions } from "openai";
import { ConfigurationError, messageOf, RunEndsHere, UserError } from "../util/errors.js";
import { type AccountSettings, dataPlaneAdvice, signInAdvice } from "./access-advice.js";
import { type DeploymentClient, deploymentClient, type TokenCredential } from "./deployment-client.js";
import { type EmulatorProcess, emulatorProcess } from "./emulator-process.js";
import { loadSettings, type Settings, withHiddenKey } from "./settings.js";

export type { DeploymentClient } from "./deployment-client.js";

/** The service, ready to be called. Printing it shows where it leads and no key. */
export interface Connection {
  settings: Settings;
  openai: OpenAI;
  deployments: DeploymentClient;
  /**
   * Closes the connection; on Azure there is nothing to close. The local emulator is no longer used by
   * this process, and ends where no other one uses it.
   */
  close(): Promise<void>;
}

/**
 * Connects as `settings` say. On the local backend this starts the emulator, or finds the one that this
 * process, another notebook or a terminal runs over the same state folder; where it dies, the next call
 * starts it again. Throws a `UserError` where the emulator does not start; on Azure nothing is called
 * yet.
 *
 * @example
 * const connection = await connect(loadSettings());
 * await connection.openai.files.list();
 */
export async function connect(settings: Settings = loadSettings()): Promise<Connection> {
  if (settings.backend === "azure") return connection(settings, fixedService(settings));
  const emulator = emulatorService(settings.emulatorStateDir);
  return connection({ ...settings, ...(await emulator.address()) }, emulator);
}

/**
 * Where a service is and what opens it: on Azure as the settings say, on the local backend as long as
 * its emulator lives.
 */
type Address = Pick<Settings, "projectEndpoint" | "openaiEndpoint" | "armEndpoint" | "apiKey">;

/** A service whose address is asked for before every request. */
interface Service {
  address(): Promise<Address>;
  close(): Promise<void>;
}

function fixedService(settings: Settings): Service {
  return { address: async () => settings, close: async () => {} };
}

/**
 * The emulator over a state folder; one that has died is started again by the next request, at another
 * address.
 */
function emulatorService(stateDir: string): Service {
  let emulator: EmulatorProcess | undefined;
  let isClosed = false;
  return {
    async address() {
      if (isClosed) throw new ConfigurationError("This connection is closed. Connect again.");
      emulator = await emulatorProcess(stateDir);
      const { baseUrl: openaiEndpoint, projectEndpoint, armEndpoint, apiKey } = emulator;
      return { openaiEndpoint, projectEndpoint, armEndpoint, apiKey };
    },
    async close() {
      isClosed = true;
      await emulator?.close();
    },
  };
}

function connection(settings: Settings, { address, close }: Service): Connection {
  keepFromProxies("127.0.0.1");
  const shown = { backend: settings.backend, endpoint: settings.openaiEndpoint };
  // The SDK calls this before every request, and after it asks where to send the request. A token is
  // never older than its validity.
  const apiKey = async (): Promise<string> => {
    const { openaiEndpoint, apiKey } = await address();
    openai.baseURL = openaiEndpoint ?? "";
    return apiKey ?? signedIn(() => modelToken(settings.openaiScope));
  };
  const client = { baseURL: settings.openaiEndpoint, apiKey, organization: null, project: null };
  const openai = new ServiceClient(client, settings);
  const deployments = deploymentClient(settings, armCredential(settings, address), address);
  return printedAs(shown, {
    settings: withHiddenKey({ ...settings, apiKey: settings.apiKey }),
    openai: printedAs(shown, openai),
    deployments,
    close,
  });
}

/**
 * Node's fetch may follow the proxies of the environment (`NODE_USE_ENV_PROXY`); it asks for the exceptions
 * each time.
 */
function keepFromProxies(host: string): void {
  const exceptions = (process.env.no_proxy ?? process.env.NO_PROXY ?? "").split(",").filter(Boolean);
  if (!exceptions.includes(host)) process.env.no_proxy = [...exceptions, host].join();
}

/** A client of the data plane. What it throws is the SDK's, with advice in front where access is the trouble. */
class ServiceClient extends OpenAI {
  readonly #account: AccountSettings;

  constructor(options: ClientOptions, account: AccountSettings) {
    super(options);
    this.#account = account;
  }

  /** The SDK wraps what signing in throws; the sentence for people is inside. */
  override async _callApiKey(): Promise<boolean> {
    try {
      return await super._callApiKey();
    } catch (error) {
      throw error instanceof Error && error.cause instanceof UserError ? error.cause : error;
    }
  }

  protected override makeStatusError(
    status: number,
    error: object,
    message: string | undefined,
    headers: Headers,
  ): APIError {
    const body = JSON.parse(this.#withoutKey(JSON.stringify(error ?? null))) as object;
    const refusal = super.makeStatusError(status, body, message && this.#withoutKey(message), headers);
    const advice = dataPlaneAdvice({ status, code: refusal.code, message: refusal.message }, this.#account);
    if (advice) refusal.message = `${advice}\n(The service says: ${refusal.message})`;
    return Object.defineProperty(refusal, inspect.custom, { value: () => `${refusal.name}: ${refusal.message}` });
  }

  #withoutKey(text: string): string {
    return this.apiKey ? text.replaceAll(this.apiKey, "***") : text;
  }
}

/** A control plane without TLS is an emulator on this machine, which takes its key as the token. */
function armCredential({ armEndpoint }: Settings, address: Service["address"]): TokenCredential {
  // A token that is out of date at once is asked for anew by the next request.
  if (armEndpoint.startsWith("http:"))
    return { getToken: async () => ({ token: (await address()).apiKey ?? "", expiresOnTimestamp: Date.now() }) };
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
    throw new UserError(`${signInAdvice(messageOf(error))}\n(${messageOf(error)})`, { cause: error });
  }
}

/** Makes an object that holds a key print as `shown`, alone, inside others and as JSON. */
function printedAs<T extends object>(shown: object, object: T): T {
  const value = (): object => shown;
  return Object.defineProperties(object, { [inspect.custom]: { value }, toJSON: { value } });
}

/**
 * Returns on the local backend, and on Azure where `RUN_PAID_JOBS` is set. Otherwise it throws `RunEndsHere`,
 * naming `what` (the beginning of a sentence, such as "Training").
 */
export function requirePaidJobs({ settings }: { settings: Settings }, what: string): void {
  if (settings.backend === "local" || settings.runPaidJobs) return;
  throw new RunEndsHere(
    `${what} costs money on Azure, so the run ends here. To go on, set RUN_PAID_JOBS=true in .env and run it again: what is there already is found, not made twice.`,
  );
}
