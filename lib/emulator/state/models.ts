/**
 * The models of the emulator: the base models, which are all one tiny model, and those that jobs made of it.
 * @module
 */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { FineTuningJob } from "../../service/jobs.js";
import { baseModelName, findModelProfile } from "../../service/models.js";
import { DataError, messageOf } from "../../util/errors.js";
import { sha256 } from "../../util/hash.js";
import { defaultWeightsFile } from "../nano/weights.js";
import type { State } from "./state.js";

/** Where a model's weights lie; null for a base model, whose weights come with the program. */
export interface ModelWeights {
  file: string | null;
  /** The file's SHA-256 when it was written. */
  sha256?: string | undefined;
}

/** The SHA-256 of a model's weights. Throws a `DataError` if their file is not as it was written. */
export function weightsDigest({ file, sha256: expected }: ModelWeights): string {
  if (file === null) return sha256(readFileSync(defaultWeightsFile));
  let found: string;
  try {
    found = sha256(readFileSync(file));
  } catch (error) {
    throw damagedWeights(file, error);
  }
  if (found !== expected) throw damagedWeights(file, "its checksum does not match");
  return found;
}

function damagedWeights(file: string, error: unknown): DataError {
  return new DataError(
    `${file} is damaged (${messageOf(error)}): put back a copy of it, deploy another checkpoint, or start the job again under another name.`,
    { cause: error },
  );
}

/**
 * The weights of a model by its name: a base model, a fine-tuned one, or a checkpoint by its id or its model
 * name.
 */
export function findWeights(state: State, name: string): ModelWeights | undefined {
  if (findModelProfile(name)) return { file: null };
  for (const { job, checkpoints, weights } of state.jobs.newestFirst()) {
    const folder = state.paths.job(job.id);
    const checkpoint = checkpoints.find((one) => [one.id, one.fine_tuned_model_checkpoint].includes(name));
    if (job.fine_tuned_model !== name && !checkpoint) continue;
    const file = checkpoint ? checkpointWeights(folder, checkpoint.step_number) : finalWeights(folder);
    return { file, sha256: weights[basename(file)] };
  }
  return undefined;
}

/**
 * `<base model>.ft-<the job's 32 digits>[-suffix]`, also if the job started from a model that was fine-tuned
 * before.
 */
export function tunedModelName({ id, model, user_provided_suffix: suffix }: FineTuningJob): string {
  return `${baseModelName(model)}.ft-${id.replace("ftjob-", "")}${suffix ? `-${suffix}` : ""}`;
}

/** The weights at the end of the job that trains in `folder`. */
export function finalWeights(folder: string): string {
  return join(folder, "final.weights");
}

/** The weights after one step of the job that trains in `folder`. */
export function checkpointWeights(folder: string, step: number): string {
  return join(folder, `step-${step}.weights`);
}

/** The state from which training in `folder` continues. */
export function stateFile(folder: string): string {
  return join(folder, "state.checkpoint");
}
