/**
 * What a job is made of, and the hash by which a job made of the same is found again.
 * @module
 */

import type { FileObject } from "../service/files.js";
import type { Grader } from "../service/graders.js";
import type { Hyperparameters, TrainingType } from "../service/jobs.js";
import { UserError } from "../util/errors.js";
import { sha256 } from "../util/hash.js";

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

/** A recipe with what its ids stand for, see {@link contentKey}. */
export interface ResolvedRecipe extends JobRecipe {
  model: string;
  trainingType: TrainingType;
}

/** What stands for a file's content in a recipe: the hash in the name that {@link uploadFile} gave it, or its id. */
export function contentKey({ id, filename }: Pick<FileObject, "id" | "filename">): string {
  return /-([0-9a-f]{16})\.jsonl$/.exec(filename)?.[1] ?? id;
}

/**
 * The SHA-256 of all that decides what a job trains and how its model is called. The order in which keys were written does not
 * matter, nor whether a hyperparameter is left out or named with its default.
 */
export function recipeHash(recipe: ResolvedRecipe): string {
  const { name, model, trainingFile, validationFile, grader, trainingType, seed = null } = recipe;
  const hyperparameters = chosen(recipe.hyperparameters);
  return sha256(
    canonicalJson({ name, model, trainingFile, validationFile, grader, hyperparameters, trainingType, seed }),
  );
}

/** The hyperparameters that are not left to the service. */
function chosen(hyperparameters: Hyperparameters = {}): Hyperparameters {
  const isLeft = (value: unknown): boolean => value === undefined || value === "auto" || value === "default";
  return Object.fromEntries(Object.entries(hyperparameters).filter(([, value]) => !isLeft(value)));
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
