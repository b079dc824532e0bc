/**
 * Where the notebook works: on Azure as `.env` says, or on the local emulator where no Azure is named.
 * Every message about configuration comes from here.
 * @module
 */
import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import { z } from "zod";
import { modelWarning } from "../service/models.js";
import { projectRoot } from "../util/assets.js";
import { ConfigurationError, messageOf } from "../util/errors.js";

/** The kinds of deployment. `DeveloperTier` costs no hosting and is removed after 24 hours. */
export const deploymentSkus = [
  "Standard",
  "GlobalStandard",
  "DataZoneStandard",
  "DeveloperTier",
  "GlobalProvisionedManaged",
] as const;
export type DeploymentSku = (typeof deploymentSkus)[number];

/** What {@link loadSettings} found. Printing it shows no key: `apiKey` is not enumerable. */
export interface Settings {
  backend: "azure" | "local";
  /** Without a slash at its end; null on the local backend until the emulator runs. */
  projectEndpoint: string | null;
  /** Ends in `/openai/v1/`; null on the local backend until the emulator runs. */
  openaiEndpoint: string | null;
  /** The control plane (Azure Resource Manager), where deployments are made; empty until the emulator runs. */
  armEndpoint: string;
  /** Null means signing in with Entra ID. */
  apiKey: string | null;
  /** What a token of Entra ID is asked for; unused with a key. */
  openaiScope: string;
  subscriptionId: string;
  resourceGroup: string;
  account: string;
  modelName: string;
  /** The deployment of the untuned model; null means that no baseline can be measured. */
  baseDeployment: string | null;
  /**
   * How a tuned model is deployed: its kind, and its capacity (thousands of tokens a minute, or units where
   * provisioned).
   */
  deploymentSku: DeploymentSku;
  deploymentCapacity: number;
  trainingDataDir: string;
  /** Where the emulator keeps its files and jobs; unused on Azure. */
  emulatorStateDir: string;
  runPaidJobs: boolean;
  /** Azure settings that are set but have no effect, because the emulator is used. */
  ignoredKeys: string[];
}

/** One row of the table that shows the settings. */
export interface SettingRow {
  setting: string;
  value: string;
}

type Environment = Record<string, string | undefined>;

const azureKeys = [
  "AZURE_AI_PROJECT_ENDPOINT",
  "AZURE_OPENAI_ENDPOINT",
  "AZURE_OPENAI_KEY",
  "AZURE_SUBSCRIPTION_ID",
  "AZURE_RESOURCE_GROUP",
  "AZURE_AOAI_ACCOUNT",
  "AZURE_OPENAI_SCOPE",
  "AZURE_ARM_ENDPOINT",
  "MODEL_NAME",
  "DEPLOYMENT_NAME",
  "DEPLOYMENT_SKU",
  "DEPLOYMENT_CAPACITY",
] as const;

/**
 * Microsoft's newer pages name this scope; a resource takes https://cognitiveservices.azure.com/.default too.
 */
const defaultScope = "https://ai.azure.com/.default";

const address = z
  .url({ protocol: /^https?$/, error: "must be an address, such as https://name.services.ai.azure.com" })
  .regex(
    /^(https:|http:\/\/(127\.0\.0\.1|localhost)[:/])/i,
    "must begin with https://, so that no key travels in the open",
  )
  .refine(
    (text) => !/^https:\/\/(ai|portal)\.azure\.com\b/i.test(text),
    "is the address of the portal: copy the endpoint that its overview page of the project shows",
  );
/** A host may stand without its protocol, as the portal often shows it. */
const url = z
  .string()
  .transform((text) => (/^[\w-]+(\.[\w-]+){2,}([:/?]|$)/.test(text) ? `https://${text}` : text))
  .pipe(address);
/** Capacity 1 is about one request a minute; 50 is enough to evaluate with. */
const defaultDeployment = { deploymentSku: "GlobalStandard", deploymentCapacity: 50 } as const;
const needed = z.string({ error: "is missing" });

const commonSchema = z.object({
  TRAINING_DATA_DIR: z.string().default("training_data"),
  EMULATOR_STATE_DIR: z.string().default(join(projectRoot, ".foundry")),
  RUN_PAID_JOBS: z.stringbool({ error: "must be true or false" }).default(false),
});

const azureSchema = z.object({
  AZURE_AI_PROJECT_ENDPOINT: needed.pipe(url),
  AZURE_OPENAI_ENDPOINT: url.optional(),
  // It travels in a header; the error of a header that refuses it would print it.
  AZURE_OPENAI_KEY: z
    .string()
    .regex(/^[!-~]+$/, "must be one line without spaces: copy it again from the portal, under Keys and Endpoint")
    .optional(),
  AZURE_OPENAI_SCOPE: z
    .string()
    .regex(/^https:\/\/\S+\/\.default$/, `must look like ${defaultScope}`)
    .default(defaultScope),
  AZURE_SUBSCRIPTION_ID: needed,
  AZURE_RESOURCE_GROUP: needed,
  AZURE_AOAI_ACCOUNT: needed,
  AZURE_ARM_ENDPOINT: url.default("https://management.azure.com"),
  MODEL_NAME: needed,
  DEPLOYMENT_NAME: z.string().optional(),
  DEPLOYMENT_SKU: z
    .string()
    .transform((text) => deploymentSkus.find((sku) => sku.toLowerCase() === text.toLowerCase()))
    .pipe(z.enum(deploymentSkus, `must be one of ${deploymentSkus.join(", ")}`))
    .default(defaultDeployment.deploymentSku),
  DEPLOYMENT_CAPACITY: z.coerce
    .number("must be a whole number above 0")
    .int("must be a whole number above 0")
    .positive("must be a whole number above 0")
    .default(defaultDeployment.deploymentCapacity),
});

/**
 * Reads the settings from `env`, by default from the project's `.env` and from the process's environment,
 * which wins. An empty value counts as unset. Where neither endpoint is set, the backend is the local
 * emulator; as soon as one is, everything that Azure needs must be there: a `UserError` names all that is
 * missing or wrong at once.
 */
export function loadSettings(env: Environment = { ...readDotenv(), ...process.env }): Settings {
  const given = trimmed(env);
  const local = !given.AZURE_AI_PROJECT_ENDPOINT && !given.AZURE_OPENAI_ENDPOINT;
  const common = checked(commonSchema, given);
  const settings = {
    ...(local ? localSettings(given) : azureSettings(given)),
    trainingDataDir: common.TRAINING_DATA_DIR,
    emulatorStateDir: common.EMULATOR_STATE_DIR,
    runPaidJobs: common.RUN_PAID_JOBS,
  };
  return withHiddenKey(settings);
}

/**
 * Makes `apiKey` invisible to everything that prints or lists the settings; reading it by its name still
 * works.
 */
export function withHiddenKey(settings: Settings): Settings {
  return Object.defineProperty(settings, "apiKey", { enumerable: false });
}

/** The settings as rows of a table, without secrets: of a key it says only that it is given. */
export function describeSettings(settings: Settings): SettingRow[] {
  const shared = [
    { setting: "Model to fine-tune", value: settings.modelName },
    { setting: "Baseline deployment", value: settings.baseDeployment ?? "none: no baseline is measured" },
    { setting: "Training data", value: settings.trainingDataDir },
  ];
  if (settings.backend === "local") {
    const ignored = { setting: "Set, but ignored by the emulator", value: settings.ignoredKeys.join(", ") };
    return [
      { setting: "Backend", value: "local emulator: trains a tiny model on this machine, costs nothing" },
      ...shared,
      ...(settings.ignoredKeys.length > 0 ? [ignored] : []),
    ];
  }
  const warning = modelWarning(settings.modelName);
  return [
    { setting: "Backend", value: "Azure" },
    { setting: "Endpoint", value: settings.openaiEndpoint ?? "" },
    { setting: "Authentication", value: settings.apiKey ? "key given" : `Entra ID, for ${settings.openaiScope}` },
    { setting: "Account", value: `${settings.account} in ${settings.resourceGroup}` },
    { setting: "Subscription", value: settings.subscriptionId },
    ...shared,
    ...(warning ? [{ setting: "About this model", value: warning }] : []),
    {
      setting: "Deployment of the tuned model",
      value: `${settings.deploymentSku}, capacity ${settings.deploymentCapacity}`,
    },
    { setting: "Paid steps", value: settings.runPaidJobs ? "run" : "stop before the first (RUN_PAID_JOBS is not set)" },
  ];
}

type Backend = Omit<Settings, "trainingDataDir" | "emulatorStateDir" | "runPaidJobs">;

function localSettings(given: Environment): Backend {
  return {
    backend: "local",
    projectEndpoint: null,
    openaiEndpoint: null,
    armEndpoint: "",
    apiKey: null,
    openaiScope: defaultScope,
    subscriptionId: "00000000-0000-0000-0000-000000000000",
    resourceGroup: "local",
    account: "emulator",
    modelName: "o4-mini-2025-04-16",
    baseDeployment: "o4-mini",
    ...defaultDeployment,
    ignoredKeys: azureKeys.filter((key) => given[key]),
  };
}

function azureSettings(given: Environment): Backend {
  const values = checked(azureSchema, given);
  const projectEndpoint = values.AZURE_AI_PROJECT_ENDPOINT.replace(/\/+$/, "");
  return {
    backend: "azure",
    projectEndpoint,
    openaiEndpoint: openaiEndpointOf(values.AZURE_OPENAI_ENDPOINT ?? projectEndpoint),
    armEndpoint: values.AZURE_ARM_ENDPOINT.replace(/\/+$/, ""),
    apiKey: values.AZURE_OPENAI_KEY ?? null,
    openaiScope: values.AZURE_OPENAI_SCOPE,
    subscriptionId: values.AZURE_SUBSCRIPTION_ID,
    resourceGroup: values.AZURE_RESOURCE_GROUP,
    account: values.AZURE_AOAI_ACCOUNT,
    modelName: values.MODEL_NAME,
    baseDeployment: values.DEPLOYMENT_NAME ?? null,
    deploymentSku: values.DEPLOYMENT_SKU,
    deploymentCapacity: values.DEPLOYMENT_CAPACITY,
    ignoredKeys: [],
  };
}

/**
 * The v1 endpoint of a resource, from any address that the portal shows for it: with a project, a path or a
 * query.
 */
function openaiEndpointOf(address: string): string {
  const { origin, pathname } = new URL(address);
  const root = pathname.replace(/\/+(api\/projects|openai)(\/.*)?$/, "").replace(/\/+$/, "");
  return `${origin}${root}/openai/v1/`;
}

function checked<T extends z.ZodType>(schema: T, given: Environment): z.infer<T> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `  ${issue.path.join(".")} ${issue.message}`);
  throw new ConfigurationError(
    [
      "The settings need attention:",
      ...faults,
      "Put them into .env (copy .env.template, which explains each one).",
      "To work on the local emulator instead, leave AZURE_AI_PROJECT_ENDPOINT and AZURE_OPENAI_ENDPOINT empty.",
    ].join("\n"),
  );
}

function trimmed(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).map(([key, value]) => [key, value?.trim() || undefined]));
}

/**
 * The settings in a file, by default the project's `.env`; none where it is missing. Throws a
 * `ConfigurationError` if it is not UTF-8.
 */
export function readDotenv(file = join(projectRoot, ".env")): Environment {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new ConfigurationError(`${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
  // Windows calls UTF-16 "Unicode"; of ASCII text every second byte of it is zero.
  if (content.includes(0) || !isUtf8(content))
    throw new ConfigurationError(`${file} is not UTF-8 text. Save it as UTF-8 and run this again.`);
  return parse(content);
}
