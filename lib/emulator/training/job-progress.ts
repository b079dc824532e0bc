/**
 * What is written down about a job while it trains, and when it ends.
 * @module
 */
import { rm } from "node:fs/promises";
import type { FileObject } from "../../service/files.js";
import { type FineTuningJob, isFinal, type JobMetrics } from "../../service/jobs.js";
import { replaceFile } from "../../util/files.js";
import type { EventLog } from "../state/event-log.js";
import { unixSeconds } from "../state/ids.js";
import { stateFile, tunedModelName } from "../state/models.js";
import type { JobRecord, State } from "../state/state.js";
import { withCheckpoint } from "./checkpoints.js";
import { describeStep, jobMetrics, stepSeconds, trainedTokens } from "./job-metrics.js";
import { resultsCsv } from "./results-csv.js";
import { describePlan, trainingPlan } from "./training-plan.js";
import type { TrainedStep, TrainingStart } from "./training-worker.js";

/** Changes members of a job; visible at once, resolves to the new job when it is on disk. */
export async function changeJob(state: State, id: string, change: Partial<FineTuningJob>): Promise<FineTuningJob> {
  const { job, checkpoints } = recordOf(state, id);
  const changed = { ...job, ...change };
  await state.jobs.put({ job: changed, checkpoints });
  return changed;
}

/** The events of a job. */
export function logOf(state: State, id: string): EventLog {
  return state.events.get(id) as EventLog;
}

/** Writes down that training starts, or goes on from a saved state. */
export async function recordStart(
  state: State,
  id: string,
  { completedSteps, totalSteps }: TrainingStart,
): Promise<void> {
  const log = logOf(state, id);
  if (log.metrics().length > 0)
    return log.message("info", `Job resumed after step ${completedSteps} of ${totalSteps}.`);
  await log.once("info", "Job started.");
  await log.once("info", describePlan(trainingPlan(recordOf(state, id).job), totalSteps));
}

/**
 * Writes down one step, and its checkpoint where it evaluated. A step that was written down before the process last ended, and is
 * repeated because the state it left was not saved yet, keeps its event.
 */
export async function recordStep(state: State, id: string, step: TrainedStep): Promise<void> {
  const log = logOf(state, id);
  const { grader } = recordOf(state, id).job.method.reinforcement;
  const earlier = log.metrics().find((metrics) => metrics.step === step.report.step);
  const metrics = earlier ?? jobMetrics(step, grader);
  if (!earlier) await log.step(describeStep(metrics), metrics);
  const record = recordOf(state, id);
  const checkpoints =
    metrics.full_valid_mean_reward == null ? record.checkpoints : await withCheckpoint(state, record, metrics);
  const known = log.metrics();
  const job = {
    ...recordOf(state, id).job,
    trained_tokens: trainedTokens(known),
    estimated_finish: estimateFinish(known, metrics.total_steps - metrics.step),
  };
  await state.jobs.put({ job, checkpoints });
}

/** In Unix seconds, by the pace of the last ten steps; null at the first step, which waits for the sandbox to start. */
function estimateFinish(metrics: readonly JobMetrics[], stepsLeft: number): number | null {
  const recent = metrics.slice(1).slice(-10);
  if (recent.length === 0) return null;
  const seconds = recent.reduce((total, step) => total + stepSeconds(step), 0) / recent.length;
  return unixSeconds() + Math.ceil(seconds * stepsLeft);
}

/** Ends a job well, unless it was cancelled in the meantime: its result file, its model's name, its last events. */
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

/** Ends a job with the reason why it failed. */
export async function recordFailure(state: State, id: string, error: FineTuningJob["error"]): Promise<void> {
  await logOf(state, id).once("error", `${error?.message}`);
  await changeJob(state, id, {
    status: "failed",
    error,
    finished_at: unixSeconds(),
    estimated_finish: null,
  });
}

/** Writes down that training was paused, with a checkpoint that can be deployed meanwhile. */
export async function recordPause(state: State, id: string): Promise<void> {
  const log = logOf(state, id);
  const metrics = log.metrics().at(-1) as JobMetrics;
  const record = recordOf(state, id);
  const checkpoints = await withCheckpoint(state, record, metrics);
  await log.message(
    "info",
    `Job paused after step ${metrics.step} of ${metrics.total_steps}. Resume it, or cancel it.`,
  );
  await state.jobs.put({ job: { ...recordOf(state, id).job, status: "paused", estimated_finish: null }, checkpoints });
}

/** The file has the digits of its job, so that writing it again after a crash makes no second one. */
async function writeResults({ files, paths }: State, jobId: string, steps: JobMetrics[]): Promise<FileObject> {
  const id = jobId.replace("ftjob", "file");
  const content = resultsCsv(steps);
  await replaceFile(paths.upload(id), content);
  const file: FileObject = {
    id,
    object: "file",
    bytes: Buffer.byteLength(content),
    created_at: unixSeconds(),
    filename: "results.csv",
    purpose: "fine-tune-results",
    status: "processed",
    status_details: null,
  };
  await files.put(file);
  return file;
}

function recordOf({ jobs }: State, id: string): JobRecord {
  return jobs.get(id) as JobRecord;
}
