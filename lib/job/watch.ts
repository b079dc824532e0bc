/**
 * Watching a job until it ends.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type OpenAI from "openai";
import type { Connection } from "../connect.js";
import { UserError } from "../errors.js";
import { type FineTuningJob, isFinal, type JobEvent } from "../service/jobs.js";
import { pointsOfEvents, type TrainingCurve } from "./curve.js";
import { mergePoints } from "./curve-point.js";
import { getJob, listEventPages, type RequestOptions } from "./wire.js";

/** What has happened since the last update: the new events, oldest first, and the whole curve so far. */
export interface JobUpdate {
  job: FineTuningJob;
  events: JobEvent[];
  curve: TrainingCurve;
}

export interface WatchOptions {
  /** Ends the watching; the job goes on. */
  signal?: AbortSignal;
  /** Called after every poll; each event comes exactly once. */
  onUpdate?: (update: JobUpdate) => void;
}

/** A service that fails is asked again this often, about two minutes, before the watching gives up. */
const maxRetries = 20;

/**
 * Polls a job and its events until it has succeeded, and returns it. Throws a `UserError` that says what to do where the job
 * has failed, was cancelled or is paused, and where `signal` ends the watching.
 */
export async function watchJob(
  { openai }: Connection,
  jobId: string,
  { signal, onUpdate }: WatchOptions = {},
): Promise<FineTuningJob> {
  const log = eventLog(openai, jobId);
  try {
    for (;;) {
      // A signal of its own for every poll: the SDK leaves its listeners on the one it is given.
      const options = { maxRetries, signal: signal && AbortSignal.any([signal]) };
      const { value: job, nextPoll } = await getJob(openai, jobId, options);
      const events = await log.readNew(options);
      onUpdate?.({ job, events, curve: { jobId, points: mergePoints(pointsOfEvents(log.all)) } });
      if (job.status === "succeeded") return job;
      if (job.status === "paused" || isFinal(job.status)) throw new UserError(endOf(job));
      await sleep(nextPoll, undefined, { signal });
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw new UserError(
      `The watching has stopped; the job ${jobId} goes on. Run this cell again to go on watching it.`,
    );
  }
}

interface EventReader {
  /** Every event read so far, oldest first. */
  all: JobEvent[];
  /** The events that were not read before, oldest first. */
  readNew(options: RequestOptions): Promise<JobEvent[]>;
}

/** Reads the newest pages back to one that holds nothing new; nothing counts as read before all of them are. */
function eventLog(openai: OpenAI, jobId: string): EventReader {
  const known = new Set<string>();
  const all: JobEvent[] = [];
  return {
    all,
    async readNew(options) {
      const found = new Map<string, JobEvent>();
      for await (const page of listEventPages(openai, jobId, options)) {
        const unknown = page.filter(({ id }) => !known.has(id));
        if (unknown.length === 0) break;
        for (const event of unknown) found.set(event.id, event);
      }
      const events = [...found.values()].reverse();
      for (const { id } of events) known.add(id);
      all.push(...events);
      return events;
    },
  };
}

function endOf({ id, status, error }: FineTuningJob): string {
  if (status === "cancelled") return `The job ${id} was cancelled. Submit it again to train anew.`;
  if (status === "paused")
    return [
      `The job ${id} is paused: a person did so, or training and grading reached $5,000. It has a checkpoint that can be deployed.`,
      `To go on (without that limit), run: await connection.openai.fineTuning.jobs.resume("${id}"). To end it: …jobs.cancel("${id}").`,
    ].join("\n");
  const place = error?.param ? ` (at ${error.param})` : "";
  return `The job ${id} has failed: ${error?.message ?? "the service gives no reason; its events may"}${place}`;
}
