/**
 * Runs the jobs, one at a time, in the order in which they were made.
 * @module
 */
import { messageOf } from "../errors.js";
import { type FineTuningJob, isFinal } from "../service/jobs.js";
import { changeJob, recordCancel, recordFailure, recordStart, recordStep, recordSuccess } from "./job-progress.js";
import { findWeights } from "./models.js";
import type { State } from "./state.js";
import { removeTemporaryFiles } from "./temporary-files.js";
import { startTraining, type Training } from "./training.js";
import { trainingPlan } from "./training-plan.js";

/** The queue of jobs, and the training of the first one. */
export class JobRunner {
  readonly #state: State;
  #current: { id: string; training: Training } | undefined;
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(state: State) {
    this.#state = state;
  }

  /** Takes up the jobs that wait, first of all the one that was running when the process last ended. */
  wake(): void {
    this.#work = this.#work.then(() => this.#runWaiting());
  }

  /** Ends a job that is not final, and returns it. */
  async cancel(id: string): Promise<FineTuningJob> {
    const cancelled = recordCancel(this.#state, id);
    if (this.#current?.id === id) await this.#current.training.stop();
    return cancelled;
  }

  /** Stops training; the job stays `running`, so that the next start takes it up again. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#current?.training.stop();
    await this.#work;
  }

  async #runWaiting(): Promise<void> {
    for (let id = this.#next(); id !== undefined && !this.#closed; id = this.#next()) {
      try {
        if ((await this.#train(id)) && this.#mayGoOn(id)) await recordSuccess(this.#state, id);
      } catch (error) {
        if (this.#mayGoOn(id)) await recordFailure(this.#state, id, messageOf(error));
      }
    }
  }

  #next(): string | undefined {
    return this.#state.jobs.newestFirst().findLast(({ job }) => !isFinal(job.status))?.job.id;
  }

  /** Whether the job was neither cancelled nor interrupted meanwhile. */
  #mayGoOn(id: string): boolean {
    return !this.#closed && this.#state.jobs.get(id)?.job.status === "running";
  }

  /** Resolves to true when the last step is done, to false where the training was stopped. */
  async #train(id: string): Promise<boolean> {
    const state = this.#state;
    const job = await changeJob(state, id, { status: "running" });
    const folder = state.paths.job(id);
    await removeTemporaryFiles(folder);
    if (!this.#mayGoOn(id)) return false;
    const training = startTraining(
      {
        trainingFile: state.paths.upload(job.training_file),
        validationFile: state.paths.upload(job.validation_file ?? ""),
        grader: job.method.reinforcement.grader,
        plan: trainingPlan(job),
        startWeights: findWeights(state, job.model)?.file ?? null,
        folder,
      },
      (message) => (message.kind === "start" ? recordStart(state, id, message) : recordStep(state, id, message)),
    );
    this.#current = { id, training };
    return training.ended.finally(() => {
      this.#current = undefined;
    });
  }
}
