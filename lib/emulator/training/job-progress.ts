/**
 * What is recorded about a job while it trains and when it ends: events, checkpoints, the estimated end, the
 * result file.
 * @module
 */
import { rm } from "node:fs/promises";
import { type FineTuningJob, isFinal, type JobCheckpoint, type JobMetrics } from "../../service/jobs.js";
import { replaceFile } from "../../util/files.js";
import { sha256 } from "../../util/hash.js";
import { mean } from "../../util/numbers.js";
import { newId, unixSeconds } from "../protocol.js";
import type { EventLog } from "../state/event-log.js";
import { checkpointWeights, stateFile, tunedModelName } from "../state/models.js";
import type { FileRecord, JobRecord, State } from "../state/state.js";
import { describeStep, jobMetrics, resultsCsv, stepSeconds, trainedTokens } from "./job-metrics.js";
import { describePlan, trainingPlan } from "./training.js";
import type { TrainedStep, TrainedWeights, TrainingStart } from "./training-worker.js";

/**
 * Checkpoints with the best validation reward that are kept: as many as the service keeps of a reinforcement
 * job.
 */
const bestKept = 3;

/** Steps whose pace the estimate of the end goes by. */
const paceSteps = 10;

/** Changes fields of a job; visible at once, resolves to the changed job when it is on disk. */
export async function changeJob(state: State, id: string, change: Partial<FineTuningJob>): Promise<FineTuningJob> {
  const job = { ...recordOf(state, id).job, ...change };
  await putJob(state, { job });
  return job;
}

/** Changes parts of a job's record; visible at once, resolves when it is on disk. */
function putJob(state: State, change: Partial<JobRecord> & Pick<JobRecord, "job">): Promise<void> {
  const { id } = change.job;
  return state.jobs.put({ ...recordOf(state, id), events: logOf(state, id).length, ...change });
}

/** The events of a job. */
export function logOf(state: State, id: string): EventLog {
  return state.events.get(id) as EventLog;
}

/** Records that training starts, or resumes from a saved state. */
export async function recordStart(
  state: State,
  id: string,
  { completedSteps, totalSteps, damage }: TrainingStart,
): Promise<void> {
  const log = logOf(state, id);
  if (damage) await log.message("warn", `${damage} The job trains again from its beginning.`);
  if (log.metrics().length > 0)
    return log.message("info", `Job resumed after step ${completedSteps} of ${totalSteps}.`);
  await log.once("info", "Job started.");
  await log.once("info", describePlan(trainingPlan(recordOf(state, id).job), totalSteps));
}

/**
 * Records one step, and a checkpoint if its model was evaluated. A step keeps its first event when it is
 * repeated because the process ended before the state after it was saved.
 */
export async function recordStep(state: State, id: string, step: TrainedStep): Promise<void> {
  const log = logOf(state, id);
  const { grader } = recordOf(state, id).job.method.reinforcement;
  const earlier = log.metrics().find((metrics) => metrics.step === step.report.step);
  const metrics = earlier ?? jobMetrics(step, grader);
  if (!earlier) await log.step(describeStep(metrics), metrics);
  const record = recordOf(state, id);
  const checkpoints = step.report.evaluated ? await withCheckpoint(state, record, metrics) : record.checkpoints;
  const known = log.metrics();
  const job = {
    ...recordOf(state, id).job,
    trained_tokens: trainedTokens(known),
    estimated_finish: estimateFinish(known, metrics, unixSeconds()),
  };
  await putJob(state, { job, checkpoints });
}

/** Records the checksum of a file of weights that training has written. */
export async function recordWeights(state: State, id: string, { name, sha256 }: TrainedWeights): Promise<void> {
  const { job, weights } = recordOf(state, id);
  await putJob(state, { job, weights: { ...weights, [name]: sha256 } });
}

/**
 * When a job that has done the step `current` will have done all of them at the pace of its last `steps`, in
 * Unix seconds as `now`. The first step does not count, because it waits for the sandbox to start: null after
 * it.
 */
export function estimateFinish(steps: readonly JobMetrics[], current: JobMetrics, now: number): number | null {
  const paced = steps.slice(1).slice(-paceSteps);
  if (paced.length === 0) return null;
  return now + Math.ceil(mean(paced.map(stepSeconds)) * (current.total_steps - current.step));
}

/** Completes a job unless it was cancelled meanwhile: its result file, its model's name, its last events. */
export async function recordSuccess(state: State, id: string): Promise<void> {
  const log = logOf(state, id);
  const { job } = recordOf(state, id);
  const results = await writeResults(state, id, log.metrics());
  if (isFinal(recordOf(state, id).job.status)) return;
  const model = tunedModelName(job);
  await log.once("info", `New fine-tuned model created: ${model}`);
  await log.once("info", "Job succeeded.");
  await changeJob(state, id, {
    status: "succeeded",
    fine_tuned_model: model,
    result_files: [results.id],
    finished_at: unixSeconds(),
    estimated_finish: null,
  });
  await rm(stateFile(state.paths.job(id)), { force: true });
}

/** Ends a job that failed, with the reason. */
export async function recordFailure(state: State, id: string, error: FineTuningJob["error"]): Promise<void> {
  await logOf(state, id).once("error", `${error?.message}`);
  await changeJob(state, id, {
    status: "failed",
    error,
    finished_at: unixSeconds(),
    estimated_finish: null,
  });
}

/** Records that training was paused, with a checkpoint that can be deployed meanwhile. */
export async function recordPause(state: State, id: string): Promise<void> {
  const log = logOf(state, id);
  const metrics = log.metrics().at(-1) as JobMetrics;
  const record = recordOf(state, id);
  const checkpoints = await withCheckpoint(state, record, metrics);
  await log.message(
    "info",
    `Job paused after step ${metrics.step} of ${metrics.total_steps}. Resume it, or cancel it.`,
  );
  await putJob(state, { job: { ...recordOf(state, id).job, status: "paused", estimated_finish: null }, checkpoints });
}

/**
 * The checkpoints of a job after the step of `metrics`, the newest first: the three with the best validation
 * reward, those that are deployed, and the newest one if a pause made it without validation. The weights of
 * the others are deleted.
 */
async function withCheckpoint(
  state: State,
  { job, checkpoints }: JobRecord,
  metrics: JobMetrics,
): Promise<JobCheckpoint[]> {
  if (checkpoints.some(({ step_number }) => step_number === metrics.step)) return checkpoints;
  const newest = checkpointOf(job, metrics);
  const all = [newest, ...checkpoints];
  const validated = all.filter((checkpoint) => validReward(checkpoint) !== null);
  const best = validated.toSorted((a, b) => Number(validReward(b)) - Number(validReward(a))).slice(0, bestKept);
  const kept = new Set([...best, ...all.filter((checkpoint) => isDeployed(state, checkpoint))]);
  if (validReward(newest) === null) kept.add(newest);
  for (const { step_number } of all.filter((checkpoint) => !kept.has(checkpoint))) {
    await rm(checkpointWeights(state.paths.job(job.id), step_number), { force: true });
  }
  return all.filter((checkpoint) => kept.has(checkpoint));
}

function checkpointOf(job: FineTuningJob, metrics: JobMetrics): JobCheckpoint {
  return {
    id: newId("ftchkpt"),
    object: "fine_tuning.job.checkpoint",
    created_at: unixSeconds(),
    fine_tuning_job_id: job.id,
    step_number: metrics.step,
    fine_tuned_model_checkpoint: `${tunedModelName(job)}:ckpt-step-${metrics.step}`,
    metrics: {
      step: metrics.step,
      train_mean_reward: metrics.train_mean_reward,
      full_valid_mean_reward: metrics.full_valid_mean_reward ?? null,
      completion_tokens_mean: metrics.completion_tokens_mean,
      reasoning_tokens_mean: metrics.reasoning_tokens_mean,
    },
  };
}

function validReward({ metrics }: JobCheckpoint): number | null {
  return metrics.full_valid_mean_reward ?? null;
}

function isDeployed({ deployments }: State, { id, fine_tuned_model_checkpoint: name }: JobCheckpoint): boolean {
  return deployments.newestFirst().some(({ properties }) => [id, name].includes(properties.model.name));
}

/** The file's id has the digits of its job's, so that writing it again after a crash makes no second file. */
async function writeResults({ files, paths }: State, jobId: string, steps: JobMetrics[]): Promise<FileRecord> {
  const id = jobId.replace("ftjob", "file");
  const content = resultsCsv(steps);
  await replaceFile(paths.upload(id), content);
  const file: FileRecord = {
    id,
    object: "file",
    bytes: Buffer.byteLength(content),
    created_at: unixSeconds(),
    filename: "results.csv",
    purpose: "fine-tune-results",
    status: "processed",
    status_details: null,
    sha256: sha256(content),
  };
  await files.put(file);
  return file;
}

function recordOf({ jobs }: State, id: string): JobRecord {
  return jobs.get(id) as JobRecord;
}
