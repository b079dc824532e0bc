/**
 * Submitting a job once, however often its cell is run and whatever the connection loses: a job is found
 * again by the hash of what it is made of.
 * @module
 */
import OpenAI from "openai";
import { type Connection, requirePaidJobs } from "../connect/connect.js";
import { createOnce } from "../connect/retry.js";
import type { Grader } from "../service/graders.js";
import type { CreateJobRequest, FineTuningJob, Hyperparameters, TrainingType } from "../service/jobs.js";
import { baseModelName, findModelProfile, modelWarning } from "../service/models.js";
import type { FileObject } from "../service/wire.js";
import { ConfigurationError, RefusalError } from "../util/errors.js";
import { sha256 } from "../util/hash.js";
import { createJob, getFile, listAllJobs } from "./api.js";
import { dollars, prices } from "./costs.js";
import { cancelJob } from "./manage.js";

/** A job; `reused` says that it was there already. */
export interface SubmittedJob {
  job: FineTuningJob;
  reused: boolean;
}

/** How long a job whose creation was not answered may take to be listed. */
const settleMilliseconds = 60_000;

/**
 * Finds the job that was made by this recipe and has not failed or been cancelled, else creates one. The
 * creation is sent once; where its answer is lost, the job is looked for before anything is sent again. Where
 * two kernels submit the same recipe at the same moment, the job that was made first stays and the other one
 * is cancelled. Throws `RunEndsHere` where it would have to create a job on Azure and paid steps are not
 * allowed, and a `UserError` where the service refuses the recipe.
 *
 * @example
 * const { job, reused } = await submitJob(connection, {
 *   name: "math", trainingFile: training.id, validationFile: validation.id, grader: mathGrader(),
 * });
 */
export async function submitJob(connection: Connection, recipe: JobRecipe): Promise<SubmittedJob> {
  const request = await requestOf(connection, recipe);
  const find = async () => preferred(await jobsOf(connection, request));
  const existing = await find();
  if (existing) return { job: existing, reused: true };
  requirePaidJobs(connection, trainingCost(request.model));
  const create = () => createJob(connection.openai, request);
  const job = await createOnce({ what: "the new job", find, create, settleMilliseconds }).catch((error: unknown) => {
    throw explained(error, connection, request);
  });
  return onlyOne(connection, request, job);
}

async function requestOf({ openai, settings }: Connection, recipe: JobRecipe): Promise<CreateJobRequest> {
  const { name, grader, hyperparameters, seed, trainingType = "GlobalStandard" } = recipe;
  const { modelName: model } = settings;
  checkTrainingType(model, trainingType);
  const [trainingFile, validationFile] = await Promise.all([
    fileOf(openai, recipe.trainingFile),
    fileOf(openai, recipe.validationFile),
  ]);
  const hash = recipeHash({
    ...recipe,
    model,
    trainingFile: contentKey(trainingFile),
    validationFile: contentKey(validationFile),
    trainingType,
  });
  return {
    model,
    training_file: recipe.trainingFile,
    validation_file: recipe.validationFile,
    trainingType,
    suffix: recipeSuffix(name, hash),
    seed,
    metadata: { recipe: hash },
    method: { type: "reinforcement", reinforcement: { grader, hyperparameters } },
  };
}

function checkTrainingType(model: string, trainingType: TrainingType): void {
  const offered = findModelProfile(baseModelName(model))?.trainingTypes;
  if (offered && !offered.includes(trainingType))
    throw new ConfigurationError(
      `${model} is not trained as ${trainingType}: choose ${offered.join(" or ")} as trainingType.`,
    );
}

async function fileOf(openai: OpenAI, id: string): Promise<FileObject> {
  try {
    return (await getFile(openai, id)).value;
  } catch (error) {
    if (!(error instanceof OpenAI.NotFoundError)) throw error;
    throw new ConfigurationError(`The service has no file ${id}: upload it again with uploadFile.`, { cause: error });
  }
}

/**
 * The jobs of this recipe that may still train or have trained, newest first; a service may drop the
 * metadata, not the suffix.
 */
async function jobsOf({ openai }: Connection, request: CreateJobRequest): Promise<FineTuningJob[]> {
  const jobs: FineTuningJob[] = [];
  for await (const job of listAllJobs(openai)) {
    const same = job.metadata?.recipe === request.metadata?.recipe || job.user_provided_suffix === request.suffix;
    if (same && job.status !== "failed" && job.status !== "cancelled") jobs.push(job);
  }
  return jobs;
}

/** What is there already counts before what is under way, and the older before the newer. */
function preferred(jobs: readonly FineTuningJob[]): FineTuningJob | undefined {
  const byAge = jobs.toSorted((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1));
  return byAge.find(({ status }) => status === "succeeded") ?? byAge[0];
}

/** The job that stays of those that were made of the recipe; every kernel that finds several decides alike. */
async function onlyOne(connection: Connection, request: CreateJobRequest, job: FineTuningJob): Promise<SubmittedJob> {
  const listed = await jobsOf(connection, request);
  const jobs = [job, ...listed.filter(({ id }) => id !== job.id)];
  const kept = preferred(jobs) as FineTuningJob;
  for (const { id } of jobs) if (id !== kept.id) await cancelJob(connection, id);
  return { job: kept, reused: kept.id !== job.id };
}

function trainingCost(model: string): string {
  const base = baseModelName(model);
  if (findModelProfile(base)?.base !== "o4-mini") return `Training ${model}`;
  return `Training ${model} (${dollars(prices.trainingHour)} an hour; the job pauses itself at ${dollars(prices.jobCap)})`;
}

function explained(error: unknown, { settings }: Connection, { model, trainingType }: CreateJobRequest): unknown {
  if (!(error instanceof OpenAI.APIError) || error.status === 401 || error.status === 403) return error;
  return new RefusalError(
    [`The service refuses this job: ${error.message}`, ...adviceOn(error, model, trainingType, settings.backend)].join(
      "\n",
    ),
  );
}

function adviceOn(
  { code, param, message }: InstanceType<typeof OpenAI.APIError>,
  model: string,
  type: TrainingType,
  backend: string,
): string[] {
  if (/quota/i.test(`${code} ${message}`))
    return [
      "A resource runs 3 jobs at a time, queues 20 and keeps 100: wait for one to end, or cancel one (listJobs, cancelJob).",
    ];
  if (backend === "local" || !(param === "model" || /base model|model_not_found/i.test(`${code} ${message}`)))
    return [];
  const warning = modelWarning(model);
  return [
    `The model ${model} must be offered for ${type} training in the resource's region.`,
    ...(warning ? [warning] : []),
  ];
}

/** Everything that decides what a job trains, but for the model, which the settings name. */
export interface JobRecipe {
  /**
   * The beginning of the job's suffix, and so of the tuned model's name: up to 27 letters, digits, hyphens,
   * underscores.
   */
  name: string;
  /** Ids of uploaded files. */
  trainingFile: string;
  validationFile: string;
  grader: Grader;
  hyperparameters?: Hyperparameters;
  /** `GlobalStandard` by default. */
  trainingType?: TrainingType;
  seed?: number;
}

/** A recipe with what its ids stand for, see {@link contentKey}. */
export interface ResolvedRecipe extends JobRecipe {
  model: string;
  trainingType: TrainingType;
}

/**
 * What stands for a file's content in a recipe: the hash in the name that {@link uploadFile} gave it, or its
 * id.
 */
export function contentKey({ id, filename }: Pick<FileObject, "id" | "filename">): string {
  return /-([0-9a-f]{16})\.jsonl$/.exec(filename)?.[1] ?? id;
}

/**
 * The SHA-256 of all that decides what a job trains and how its model is called. The order in which keys were
 * written does not matter, nor whether a hyperparameter is omitted or named with its default.
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
 * The suffix of a job, `<name>-<12 hexadecimal digits>`: at most 40 characters, as Azure's authoring
 * reference says. Throws a `UserError` where the name does not fit.
 */
export function recipeSuffix(name: string, hash: string): string {
  if (!/^[A-Za-z0-9_-]{1,27}$/.test(name))
    throw new ConfigurationError(
      `The recipe's name "${name}" must be 1 to 27 letters, digits, hyphens and underscores.`,
    );
  return `${name}-${hash.slice(0, 12)}`;
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
