/**
 * What is known of the models that reinforcement fine-tuning takes, one row a model.
 * Source: Microsoft's model retirement schedule, region tables and fine-tuning cookbooks, read on 2026-11-22.
 * @module
 */
import type { TrainingType } from "./jobs.js";

/** One model as a base for reinforcement fine-tuning. Dates are ISO days. */
export interface ModelProfile {
  /** As `MODEL_NAME` and the job's `model` spell it. */
  name: string;
  /** The provider, as a deployment's `model.format` spells it (case-sensitive). */
  format: "OpenAI" | "Alibaba";
  trainingTypes: readonly TrainingType[];
  regions: string;
  availability: string;
  /** The day on which the base model retired or will retire. */
  baseRetires: string | null;
  /** The day until which fine-tuned deployments are kept at least. */
  tunedRetires: string | null;
  canPause: boolean;
}

/** The models that the service documents for reinforcement fine-tuning. */
export const modelProfiles: readonly ModelProfile[] = [
  {
    name: "o4-mini-2025-04-16",
    format: "OpenAI",
    trainingTypes: ["Standard", "GlobalStandard", "Developer"],
    regions: "Standard: East US 2, Sweden Central; Global: 27 regions",
    availability: "training for existing customers only, until at least 2027-04-16",
    baseRetires: "2026-10-16",
    tunedRetires: "2027-10-16",
    canPause: true,
  },
  {
    name: "gpt-5-2025-08-07",
    format: "OpenAI",
    trainingTypes: ["Standard", "GlobalStandard"],
    regions: "by invitation",
    availability: "by invitation only",
    baseRetires: "2027-02-06",
    tunedRetires: null,
    canPause: false,
  },
  {
    name: "Alibaba/qwen3.6-35b-a3b",
    format: "Alibaba",
    trainingTypes: ["GlobalStandard"],
    regions: "North Central US",
    availability: "open weights, managed; what Microsoft's newest cookbooks train",
    baseRetires: null,
    tunedRetires: null,
    canPause: true,
  },
];

/** The profile of a model by its name (without case, with or without the version), or undefined where none is known. */
export function findModelProfile(name: string): ModelProfile | undefined {
  const wanted = name.toLowerCase();
  return modelProfiles.find(({ name: known }) => {
    const full = known.toLowerCase();
    return full === wanted || full.replace(/-\d{4}-\d{2}-\d{2}$/, "") === wanted;
  });
}
