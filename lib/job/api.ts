/**
 * The service's routes with the types of the wire: the SDK's own lack statuses, fields and metrics that Azure
 * sends, so this is the one place that casts.
 * @module
 */
import OpenAI, { type APIPromise } from "openai";
import { answerSignal, pollDelay, type RetryOptions, withRetry } from "../connect/retry.js";
import type { Grader, GraderRun } from "../service/graders.js";
import type { CreateJobRequest, FineTuningJob, JobCheckpoint, JobEvent } from "../service/jobs.js";
import type { FileObject } from "../service/wire.js";

/** A value that may still change, and the milliseconds after which to ask for it again. */
export interface Polled<T> {
  value: T;
  nextPoll: number;
}

/** What a person does to a job. */
export type JobAction = "pause" | "resume" | "cancel";

/** Milliseconds between two polls where the service names no pace. */
const pollMilliseconds = 10_000;
const pageLength = 100;
/** A grader may take two minutes, and a new job's grader is tried before the job is accepted. */
const gradingSeconds = 150;
/** A file of 512 MB at 1 Mbit/s. */
const uploadMilliseconds = 75 * 60_000;

/**
 * Uploads `file` for fine-tuning, once: a retry after a lost reply would leave a second one, of the 100 that
 * a resource holds.
 */
export async function createFile(openai: OpenAI, file: File, signal?: AbortSignal): Promise<FileObject> {
  const once = { maxRetries: 0, timeout: uploadMilliseconds, signal };
  return (await openai.files.create({ file, purpose: "fine-tune" }, once)) as unknown as FileObject;
}

/** One file. */
export function getFile(openai: OpenAI, id: string, retry?: RetryOptions): Promise<Polled<FileObject>> {
  return polled((options) => openai.files.retrieve(id, options), retry);
}

/** All files, page by page, newest first. */
export function listFiles(openai: OpenAI): AsyncGenerator<FileObject> {
  return elementsOf((query, options) => openai.files.list(query, options));
}

/** The content of a file as text. */
export function readFileContent(openai: OpenAI, id: string): Promise<string> {
  return withRetry(async (signal) => (await openai.files.content(id, { maxRetries: 0, signal })).text());
}

/** Deletes a file; one that is gone already is no error. */
export async function deleteFile(openai: OpenAI, id: string): Promise<void> {
  try {
    await withRetry((signal) => openai.files.delete(id, { maxRetries: 0, signal }));
  } catch (error) {
    if (!(error instanceof OpenAI.NotFoundError)) throw error;
  }
}

/** Creates a job, once: a retry after a lost reply could start, and bill, a second one. */
export async function createJob(openai: OpenAI, request: CreateJobRequest): Promise<FineTuningJob> {
  const body = request as unknown as OpenAI.FineTuning.JobCreateParams;
  const once = { maxRetries: 0, signal: answerSignal(gradingSeconds) };
  return (await openai.fineTuning.jobs.create(body, once)) as unknown as FineTuningJob;
}

/** One job. */
export function getJob(openai: OpenAI, id: string, retry?: RetryOptions): Promise<Polled<FineTuningJob>> {
  return polled((options) => openai.fineTuning.jobs.retrieve(id, options), retry);
}

/** Pauses, resumes or cancels a job, asking once. */
export async function changeJob(openai: OpenAI, id: string, action: JobAction): Promise<FineTuningJob> {
  const once = { maxRetries: 0, signal: answerSignal() };
  return (await openai.fineTuning.jobs[action](id, once)) as unknown as FineTuningJob;
}

/** All jobs, page by page, newest first. */
export function listAllJobs(openai: OpenAI): AsyncGenerator<FineTuningJob> {
  return elementsOf((query, options) => openai.fineTuning.jobs.list(query, options));
}

/** The events of a job in pages, newest first. */
export function listEventPages(openai: OpenAI, jobId: string, retry?: RetryOptions): AsyncGenerator<JobEvent[]> {
  return pagesOf((query, options) => openai.fineTuning.jobs.listEvents(jobId, query, options), retry);
}

/** All checkpoints of a job, newest first. */
export function listJobCheckpoints(openai: OpenAI, jobId: string): AsyncGenerator<JobCheckpoint> {
  return elementsOf((query, options) => openai.fineTuning.jobs.checkpoints.list(jobId, query, options));
}

/** Runs a grader at the service on one answer. */
export function runGraderOnce(
  openai: OpenAI,
  grader: Grader,
  outputText: string,
  item: Record<string, unknown>,
): Promise<GraderRun> {
  const body = { grader, model_sample: outputText, item } as OpenAI.FineTuning.Alpha.GraderRunParams;
  return withRetry(
    async (signal) =>
      (await openai.fineTuning.alpha.graders.run(body, { maxRetries: 0, signal })) as unknown as GraderRun,
    { answerSeconds: gradingSeconds },
  );
}

/**
 * How one request is sent: the waiting and the repeating lie outside the SDK, which stops at the reply's
 * head.
 */
interface Once {
  maxRetries: 0;
  signal: AbortSignal;
}

type ListRequest = (
  query: { limit: number; after?: string },
  options: Once,
) => PromiseLike<{ data: { id: string }[]; hasNextPage(): boolean }>;

async function* pagesOf<T extends { id: string }>(list: ListRequest, retry?: RetryOptions): AsyncGenerator<T[]> {
  let after: string | undefined;
  for (;;) {
    const query = { limit: pageLength, ...(after === undefined ? {} : { after }) };
    const page = await withRetry(async (signal) => list(query, { maxRetries: 0, signal }), retry);
    yield page.data as unknown as T[];
    after = page.data.at(-1)?.id;
    if (after === undefined || !page.hasNextPage()) return;
  }
}

async function* elementsOf<T extends { id: string }>(list: ListRequest): AsyncGenerator<T> {
  for await (const page of pagesOf<T>(list)) yield* page;
}

function polled<T>(request: (options: Once) => APIPromise<unknown>, retry?: RetryOptions): Promise<Polled<T>> {
  return withRetry(async (signal) => {
    const { data, response } = await request({ maxRetries: 0, signal }).withResponse();
    return { value: data as T, nextPoll: pollDelay((name) => response.headers.get(name), pollMilliseconds) };
  }, retry);
}
