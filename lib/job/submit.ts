/**
 * Submitting a job once, however often its cell is run.
 * @module
 */
import OpenAI from "openai";
import type { Connection } from "../connect.js";
import { UserError } from "../errors.js";
import { requirePaidJobs } from "../paid.js";
import type { CreateJobRequest, FineTuningJob } from "../service/jobs.js";
import { type JobRecipe, recipeHash, recipeSuffix } from "./recipe.js";
import { createJob, getFile, listJobs } from "./wire.js";

/** A job; `reused` says that it was there already. */
export interface SubmittedJob {
  job: FineTuningJob;
  reused: boolean;
}

/**
 * Finds the job that was made by this recipe and has not failed or been cancelled, else creates one.
 * Throws `RunEndsHere` where it would have to create one on Azure and paid steps are not allowed, a `UserError` where the
 * service refuses the recipe, or where its reply is lost: running the cell again then finds the job or creates it.
 */
export async function submitJob(connection: Connection, recipe: JobRecipe): Promise<SubmittedJob> {
  const request = await requestOf(connection, recipe);
  const existing = await findJob(connection, request);
  if (existing) return { job: existing, reused: true };
  requirePaidJobs(connection, "Training");
  try {
    return { job: await createJob(connection.openai, request), reused: false };
  } catch (error) {
    throw explained(error);
  }
}

async function requestOf({ openai, settings }: Connection, recipe: JobRecipe): Promise<CreateJobRequest> {
  const { name, grader, hyperparameters, seed, trainingType = "GlobalStandard" } = recipe;
  const [training, validation] = await Promise.all([
    getFile(openai, recipe.trainingFile),
    getFile(openai, recipe.validationFile),
  ]);
  const hash = recipeHash({
    model: settings.modelName,
    trainingFileName: training.value.filename,
    validationFileName: validation.value.filename,
    grader,
    hyperparameters,
    trainingType,
    seed,
  });
  return {
    model: settings.modelName,
    training_file: recipe.trainingFile,
    validation_file: recipe.validationFile,
    trainingType,
    suffix: recipeSuffix(name, hash),
    seed,
    metadata: { recipe: hash },
    method: { type: "reinforcement", reinforcement: { grader, hyperparameters } },
  };
}

async function findJob(
  { openai }: Connection,
  { suffix, metadata }: CreateJobRequest,
): Promise<FineTuningJob | undefined> {
  for await (const job of listJobs(openai)) {
    const same = job.metadata?.recipe === metadata?.recipe || job.user_provided_suffix === suffix;
    if (same && job.status !== "failed" && job.status !== "cancelled") return job;
  }
  return undefined;
}

function explained(error: unknown): unknown {
  if (error instanceof OpenAI.APIConnectionError)
    return new UserError(
      "The service's reply to the new job was lost, so it may exist already. Run this cell again: it looks for the job before it creates one.",
    );
  if (error instanceof OpenAI.APIError && error.status !== undefined && error.status < 500)
    return new UserError(`The service refuses this job: ${error.message}`);
  return error;
}
