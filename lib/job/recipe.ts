/**
 * What a job is made of, and the hash by which a job made of the same is found again.
 * @module
 */
import { UserError } from "../errors.js";
import { sha256 } from "../hash.js";
import type { Grader } from "../service/graders.js";
import type { Hyperparameters, TrainingType } from "../service/jobs.js";

/** Everything that decides what a job trains, but for the model, which the settings name. */
export interface JobRecipe {
  /** The beginning of the job's suffix, and so of the tuned model's name: up to 27 letters, digits, hyphens, underscores. */
  name: string;
  /** Ids of uploaded files. */
  trainingFile: string;
  validationFile: string;
  grader: Grader;
  hyperparameters?: Hyperparameters;
  /** `GlobalStandard` if left out. */
  trainingType?: TrainingType;
  seed?: number;
}

/** A recipe with what its ids stand for: the names of the files carry the hashes of their content. */
export interface ResolvedRecipe extends Omit<JobRecipe, "name" | "trainingFile" | "validationFile"> {
  model: string;
  trainingFileName: string;
  validationFileName: string;
  trainingType: TrainingType;
}

/** The SHA-256 of all that decides what a job trains; the order in which keys were written does not matter. */
export function recipeHash({ model, trainingFileName, validationFileName, ...recipe }: ResolvedRecipe): string {
  const { grader, hyperparameters = {}, trainingType, seed = null } = recipe;
  return sha256(
    canonicalJson({ model, trainingFileName, validationFileName, grader, hyperparameters, trainingType, seed }),
  );
}

/**
 * The suffix of a job, `<name>-<12 hexadecimal digits>`: at most 40 characters, as Azure's authoring reference says.
 * Throws a `UserError` where the name does not fit.
 */
export function recipeSuffix(name: string, hash: string): string {
  if (!/^[A-Za-z0-9_-]{1,27}$/.test(name))
    throw new UserError(`The recipe's name "${name}" must be 1 to 27 letters, digits, hyphens and underscores.`);
  return `${name}-${hash.slice(0, 12)}`;
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
