/**
 * What is known of the models that reinforcement fine-tuning takes, one row a model.
 * Source: Microsoft's model retirement schedule, region tables, graders page and fine-tuning cookbooks.
 * @module
 */
import type { TrainingType } from "./jobs.js";

/** The day on which everything in this file was read from its source. */
const modelsReadOn = "2026-11-22";

/** One model as a base for reinforcement fine-tuning. Dates are ISO days; null where nothing is published. */
export interface ModelProfile {
  /** As `MODEL_NAME` and the job's `model` spell it: base name and version. */
  name: string;
  base: string;
  version: string;
  /** The provider, as a deployment's `model.format` spells it (case-sensitive). */
  format: "OpenAI" | "Alibaba" | null;
  /** `unconfirmed`: listed for managed fine-tuning, without a word on reinforcement. */
  reinforcement: "open" | "existing customers" | "by invitation" | "unconfirmed";
  trainingTypes: readonly TrainingType[];
  regions: string;
  /** Whether a job can be paused, and pauses itself at $5,000. */
  canPause: boolean;
  /** The day on which the base model retired or will retire. */
  baseRetires: string | null;
  /** The day until which it can be trained at least. */
  trainingUntil: string | null;
  /** The day on which fine-tuned deployments retire. */
  tunedRetires: string | null;
  /** Where the dates and the availability are published. */
  source: string;
}

const retirementSchedule = "Microsoft's model retirement schedule";

/** An open-weight model that Microsoft fine-tunes and hosts; no retirement is announced for any of them. */
const managed = {
  version: "1",
  format: null,
  reinforcement: "unconfirmed",
  trainingTypes: ["GlobalStandard"],
  regions: "see the model's page",
  canPause: true,
  baseRetires: null,
  trainingUntil: null,
  tunedRetires: null,
  source: "Microsoft's region tables for managed fine-tuning",
} as const;

/** The models that the service documents for reinforcement fine-tuning, and those that may come to it. */
export const modelProfiles: readonly ModelProfile[] = [
  {
    name: "o4-mini-2025-04-16",
    base: "o4-mini",
    version: "2025-04-16",
    format: "OpenAI",
    reinforcement: "existing customers",
    trainingTypes: ["Standard", "GlobalStandard", "Developer"],
    regions: "Standard: East US 2, Sweden Central; Global: 27 regions",
    canPause: true,
    baseRetires: "2026-10-16",
    trainingUntil: "2027-04-16",
    tunedRetires: "2027-10-16",
    source: retirementSchedule,
  },
  {
    name: "gpt-5-2025-08-07",
    base: "gpt-5",
    version: "2025-08-07",
    format: "OpenAI",
    reinforcement: "by invitation",
    trainingTypes: ["Standard", "GlobalStandard"],
    regions: "by invitation",
    canPause: false,
    baseRetires: "2027-02-06",
    trainingUntil: null,
    tunedRetires: null,
    source: retirementSchedule,
  },
  {
    ...managed,
    name: "Alibaba/qwen3.6-35b-a3b",
    base: "Alibaba/qwen3.6-35b-a3b",
    format: "Alibaba",
    reinforcement: "open",
    regions: "North Central US",
    source: "Microsoft's newest fine-tuning cookbooks",
  },
  { ...managed, name: "Qwen3.8-27B", base: "Qwen3.8-27B" },
  { ...managed, name: "gpt-oss-120b", base: "gpt-oss-120b" },
  { ...managed, name: "Muse-Glimmer-30B", base: "Muse-Glimmer-30B" },
];

/**
 * The profile of a model by its name (without case, with or without the version), or undefined where none is
 * known.
 */
export function findModelProfile(name: string): ModelProfile | undefined {
  const wanted = name.toLowerCase();
  return modelProfiles.find(({ name: known, base }) => [known.toLowerCase(), base.toLowerCase()].includes(wanted));
}

/**
 * The base of a model that may itself be fine-tuned: `o4-mini-2025-04-16.ft-1a2b-math` is made of
 * `o4-mini-2025-04-16`.
 */
export function baseModelName(name: string): string {
  return name.replace(/\.ft-.*$/, "");
}

/** Whether a deployed model's name is that of a fine-tuned model or of a checkpoint. */
export function isFineTuned(name: string): boolean {
  return name.includes(".ft-") || name.startsWith("ftchkpt-");
}

/**
 * What stands in the way of training `model` on the given ISO day, and what to use instead, as one or two
 * sentences; null where nothing does.
 */
export function modelWarning(model: string, today = new Date().toISOString().slice(0, 10)): string | null {
  const profile = findModelProfile(baseModelName(model));
  const obstacle = profile ? obstacleOf(profile, today) : "is not known to take reinforcement fine-tuning";
  if (!obstacle) return null;
  const { name, regions } = modelProfiles.find((one) => one.reinforcement === "open" && !hasRetired(one, today)) ?? {};
  const instead = name ? ` Otherwise use ${name} (${regions}).` : "";
  const source = profile?.source ?? "Microsoft's fine-tuning documentation";
  return `${profile?.name ?? model} ${obstacle} (${source}, read on ${modelsReadOn}).${instead}`;
}

function obstacleOf(profile: ModelProfile, today: string): string {
  const { reinforcement, baseRetires, trainingUntil, tunedRetires } = profile;
  if (trainingUntil !== null && trainingUntil < today) return `could be trained until ${trainingUntil}`;
  const tuned = tunedRetires ? `, tuned deployments retire on ${tunedRetires}` : "";
  const trained = {
    open: "is trained no more",
    "existing customers": `is trained for existing customers only, until ${trainingUntil} at least`,
    "by invitation": "is trained by invitation only",
    unconfirmed: "is listed for managed fine-tuning, without a word on reinforcement",
  }[reinforcement];
  if (hasRetired(profile, today)) return `retired as a base model on ${baseRetires} and ${trained}${tuned}`;
  return reinforcement === "open" ? "" : `${trained}${tuned}`;
}

function hasRetired({ baseRetires }: ModelProfile, today: string): boolean {
  return baseRetires !== null && baseRetires <= today;
}

/**
 * Dollars for a million tokens of o4-mini, of the question and of the answer, where reasoning counts as
 * answer. Source: the Azure OpenAI price list.
 */
export const tokenPrices = { inputMillionTokens: 1.1, outputMillionTokens: 4.4 } as const;

/**
 * What a million tokens cost when this model, tuned or not, answers; undefined for models whose price was not
 * read.
 */
export function answerPrices(model: string): typeof tokenPrices | undefined {
  return findModelProfile(baseModelName(model))?.base === "o4-mini" ? tokenPrices : undefined;
}
