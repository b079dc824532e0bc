/**
 * Watching a job until it ends, and what to do about one that failed.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type OpenAI from "openai";
import type { Connection } from "../connect/connect.js";
import type { RetryOptions } from "../connect/retry.js";
import { type FineTuningJob, isFinal, type JobEvent } from "../service/jobs.js";
import { messageOf, UserError } from "../util/errors.js";
import { interruptible } from "../util/interrupt.js";
import { getJob, listEventPages } from "./api.js";
import { mergePoints, pointsOfEvents, type TrainingCurve } from "./curve.js";

/** What has happened since the last update: the new events, oldest first, and the whole curve so far. */
export interface JobUpdate {
  job: FineTuningJob;
  events: JobEvent[];
  curve: TrainingCurve;
  /** Why nothing newer is known, while the service does not answer. */
  trouble?: string;
}

export interface WatchOptions {
  /** Ends the watching; the job goes on. By default, an interrupt of the cell or of the program does. */
  signal?: AbortSignal;
  /** Called after every poll, and every failed one; each event comes exactly once. */
  onUpdate?: (update: JobUpdate) => void;
}

/** A training takes hours, and a notebook may sleep in between. */
const retryMinutes = 30;

/**
 * Polls a job and its events until it has succeeded, and returns it. A service that fails is asked
 * again, for half an hour. Throws a `UserError` that says what to do where the job has failed, was
 * cancelled or is paused, and where the watching is ended.
 *
 * @example
 * const finished = await watchJob(connection, job.id, { onUpdate: ({ job }) => console.log(job.status) });
 */
export function watchJob({ openai }: Connection, jobId: string, options: WatchOptions = {}): Promise<FineTuningJob> {
  const farewell = `The watching has stopped; the job ${jobId} goes on. Run this cell again to go on watching it.`;
  const { signal: given, onUpdate } = options;
  return interruptible((signal) => watch(openai, jobId, signal, onUpdate), farewell, given).catch((error: unknown) => {
    throw given?.aborted ? new UserError(farewell) : error;
  });
}

async function watch(
  openai: OpenAI,
  jobId: string,
  signal: AbortSignal,
  onUpdate: WatchOptions["onUpdate"],
): Promise<FineTuningJob> {
  const log = eventLog(openai, jobId);
  let last: JobUpdate | undefined;
  const persistent: RetryOptions = {
    signal,
    minutes: retryMinutes,
    hasAnswered: true,
    onFailure: (error) => last && onUpdate?.({ ...last, events: [], trouble: messageOf(error) }),
  };
  for (;;) {
    const { value: job, nextPoll } = await getJob(openai, jobId, last ? persistent : { signal });
    const events = await log.readNew(persistent);
    last = { job, events, curve: { jobId, points: mergePoints(pointsOfEvents(log.all)) } };
    onUpdate?.(last);
    if (job.status === "succeeded") return job;
    if (job.status === "paused" || isFinal(job.status)) throw new UserError(endOf(job));
    await sleep(nextPoll, undefined, { signal });
  }
}

interface EventReader {
  /** Every event read so far, oldest first. */
  all: JobEvent[];
  /** The events that were not read before, oldest first. */
  readNew(retry: RetryOptions): Promise<JobEvent[]>;
}

/** Reads the newest pages back to one that holds nothing new; nothing counts as read before all of them are. */
function eventLog(openai: OpenAI, jobId: string): EventReader {
  const known = new Set<string>();
  const all: JobEvent[] = [];
  return {
    all,
    async readNew(retry) {
      const found = new Map<string, JobEvent>();
      for await (const page of listEventPages(openai, jobId, retry)) {
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
  if (status === "cancelled") return `The job ${id} was cancelled. Submit it again to train once more.`;
  if (status === "paused")
    return [
      `The job ${id} is paused: a person did so, or training and grading reached $5,000. It has a checkpoint that can be deployed (listCheckpoints).`,
      `To go on, without that limit, run: await resumeJob(connection, "${id}"). To end it: await cancelJob(connection, "${id}").`,
    ].join("\n");
  const place = error?.param ? ` (at ${error.param})` : "";
  return `The job ${id} has failed: ${error?.message ?? "the service gives no reason; its events may"}${place}\n${failureAdvice(error ?? {})}`;
}

/** The first line whose words occur in the service's error. */
const lines: readonly [words: RegExp, advice: string][] = [
  [
    /invalid_training_file|invalid_validation_file|jsonlValidationFailed|invalid_file|fileImportFailed/i,
    "The file is not as the service wants it: prepare the data again (npm run prepare-data) and upload what it writes.",
  ],
  [
    /safety|moderation|content.?filter|policy/i,
    "The safety check refused data or model: look through the training problems for the words that the error names, and leave those problems out.",
  ],
  [
    /grader|grade\(|reward/i,
    "The grader fails at the service: run it there on a few answers with runRemoteGrader, and repair what its error flags name.",
  ],
  [
    /quota|capacity|rate.?limit/i,
    "The resource is full: wait for another job to end, or cancel one (listJobs, cancelJob).",
  ],
  [
    /time.?limit|timed? ?out|720/i,
    "A job may train for 720 hours: use fewer problems, fewer epochs or a smaller compute_multiplier.",
  ],
  [
    /internal|unexpected|server error|\b500\b/i,
    "The fault is the service's: submit the job again. If it fails again and a file has more than 150 MB, prepare the data with fewer problems.",
  ],
];

/** One sentence that says what to do about the error of a failed job. */
export function failureAdvice({ code, message, param }: NonNullable<FineTuningJob["error"]>): string {
  const words = `${code ?? ""} ${message ?? ""} ${param ?? ""}`;
  const found = lines.find(([pattern]) => pattern.test(words));
  return (
    found?.[1] ??
    "Look at the job's last events in the Foundry portal, then submit it again: a failed job is not found by its recipe."
  );
}
