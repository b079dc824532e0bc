/**
 * Runs the jobs, one at a time, in the order in which they were created.
 * @module
 */
import { type FineTuningJob, isFinal, type JobStatus } from "../../service/jobs.js";
import { messageOf } from "../../util/errors.js";
import { isDiskFull, removeTemporaryFiles } from "../../util/files.js";
import type { FaultOf } from "../faults/fault-plan.js";
import { unixSeconds } from "../protocol.js";
import { findWeights, weightsDigest } from "../state/models.js";
import { checkContent, type JobRecord, type State, whenThereIsRoom } from "../state/state.js";
import { fileFault } from "./check-files.js";
import {
  changeJob,
  logOf,
  recordFailure,
  recordPause,
  recordStart,
  recordStep,
  recordSuccess,
  recordWeights,
} from "./job-progress.js";
import { startTraining, type Training, type TrainingOutcome, trainingPlan } from "./training.js";
import type { TrainingMessage, TrainingReply } from "./training-worker.js";

/** A fault that a fault plan names for a job. */
type JobFault = FaultOf<"job_fails" | "job_pauses">;

/** The queue of jobs, and the training of the first one. */
export class JobRunner {
  readonly #state: State;
  #current: { id: string; training: Training } | undefined;
  #work: Promise<void> = Promise.resolve();
  readonly #faults = new Map<string, JobFault>();
  readonly #closing = new AbortController();

  constructor(state: State) {
    this.#state = state;
  }

  /** Resumes the jobs of an earlier process, beginning with the one that was running when it ended. */
  start(): void {
    for (const { job } of this.#state.jobs.newestFirst().reverse()) {
      if (job.status === "pending") this.enqueue(job.id);
    }
    this.#wake();
  }

  /** Checks the files of a new job, then puts it into the queue, or fails it. */
  enqueue(id: string): void {
    this.#state.tasks.start(async () => {
      const { job } = this.#state.jobs.get(id) as JobRecord;
      const error = await fileFault(this.#state, job).catch((fault: unknown) =>
        failure("invalid_training_file", fault),
      );
      if (this.#status(id) !== "pending") return;
      if (error) return recordFailure(this.#state, id, error);
      await logOf(this.#state, id).once("info", "Job enqueued. Waiting for jobs ahead to complete.");
      if (this.#status(id) === "pending") await changeJob(this.#state, id, { status: "queued" });
      this.#wake();
    });
  }

  /** Makes a job fail or pause once it has come to the step that the fault names. */
  injectFault(id: string, fault: JobFault): void {
    this.#faults.set(id, fault);
  }

  /** Ends a job that is not final, and returns it. */
  async cancel(id: string): Promise<FineTuningJob> {
    const change = { status: "cancelled", finished_at: unixSeconds(), estimated_finish: null } as const;
    const cancelled = await changeJob(this.#state, id, change);
    if (this.#current?.id === id) await this.#current.training.stop();
    await logOf(this.#state, id).message("info", "Job cancelled.");
    return cancelled;
  }

  /** Makes a running job pause after its present step. */
  pause(id: string): Promise<FineTuningJob> {
    return changeJob(this.#state, id, { status: "pausing" });
  }

  /** Puts a paused job back into the queue. */
  async resume(id: string): Promise<FineTuningJob> {
    const resuming = await changeJob(this.#state, id, { status: "resuming" });
    this.#wake();
    return resuming;
  }

  /** Stops training; the job stays `running`, so that the next start resumes it. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#current?.training.stop();
    await this.#work;
  }

  #wake(): void {
    this.#work = this.#work.then(() => this.#runWaiting());
  }

  async #runWaiting(): Promise<void> {
    for (let id = this.#next(); id !== undefined && !this.#isClosed; id = this.#next()) {
      const job = id;
      await whenThereIsRoom(() => this.#runOnce(job), this.#closing.signal).catch((error: unknown) => {
        if (!this.#isClosed) throw error;
      });
    }
  }

  /**
   * Rejects where the disk is full, and says so in the job meanwhile: the next run goes on from where this
   * one was.
   */
  async #runOnce(id: string): Promise<void> {
    try {
      const outcome = await this.#train(id);
      if (!this.#isActive(id)) return;
      if (outcome === "finished") await recordSuccess(this.#state, id);
      if (outcome === "paused") await recordPause(this.#state, id);
    } catch (error) {
      if (!this.#isActive(id)) return;
      if (!isDiskFull(error)) return recordFailure(this.#state, id, failure("training_failed", error));
      const full = { code: "disk_full", message: "The disk is full: the job goes on once there is room.", param: null };
      // Seen at once; there may be no room to write it down.
      await changeJob(this.#state, id, { error: full, estimated_finish: null }).catch(() => {});
      throw error;
    }
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** The oldest job that can train now: neither final nor paused, and its files are checked. */
  #next(): string | undefined {
    const jobs = this.#state.jobs.newestFirst().map(({ job }) => job);
    return jobs.findLast(({ status }) => !isFinal(status) && status !== "paused" && status !== "pending")?.id;
  }

  /** Whether the job is neither cancelled nor interrupted by the emulator's end. */
  #isActive(id: string): boolean {
    return !this.#isClosed && !isFinal(this.#status(id));
  }

  #status(id: string): JobStatus {
    return (this.#state.jobs.get(id) as JobRecord).job.status;
  }

  async #train(id: string): Promise<TrainingOutcome> {
    const state = this.#state;
    // A job that was pausing when the process last ended still has to train up to its next step.
    const status = this.#status(id) === "pausing" ? "pausing" : "running";
    const job = await changeJob(state, id, { status, error: null });
    const startWeights = findWeights(state, job.model);
    if (startWeights) weightsDigest(startWeights);
    for (const file of [job.training_file, job.validation_file]) await checkContent(state, file ?? "");
    const folder = state.paths.job(id);
    await removeTemporaryFiles(folder);
    if (!this.#isActive(id)) return "stopped";
    const training = startTraining(
      {
        trainingFile: state.paths.upload(job.training_file),
        validationFile: state.paths.upload(job.validation_file ?? ""),
        grader: job.method.reinforcement.grader,
        plan: trainingPlan(job),
        startWeights: startWeights?.file ?? null,
        folder,
      },
      (message) => this.#record(id, message),
    );
    this.#current = { id, training };
    return training.ended.finally(() => {
      this.#current = undefined;
    });
  }

  async #record(id: string, message: TrainingMessage): Promise<TrainingReply> {
    if (message.kind === "weights") {
      await recordWeights(this.#state, id, message);
      return "continue";
    }
    const isStart = message.kind === "start";
    await (isStart ? recordStart(this.#state, id, message) : recordStep(this.#state, id, message));
    await this.#faultAfter(id, isStart ? message.completedSteps : message.report.step);
    return this.#status(id) === "pausing" ? "pause" : "continue";
  }

  /** Brings about the fault that was planned for the job, once. */
  async #faultAfter(id: string, step: number): Promise<void> {
    const fault = this.#faults.get(id);
    if (!fault || step < fault.afterSteps) return;
    this.#faults.delete(id);
    if (fault.kind === "job_fails") throw new Error(fault.message);
    await logOf(this.#state, id).message("warn", "Training and grading reached the limit of $5,000; the job pauses.");
    await this.pause(id);
  }
}

function failure(code: string, error: unknown): NonNullable<FineTuningJob["error"]> {
  return { code, message: messageOf(error), param: null };
}
