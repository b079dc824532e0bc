/**
 * The service's routes with the types of the wire: the SDK's own lack statuses, fields and metrics that Azure sends, so
 * this is the one place that casts.
 * @module
 */
import type OpenAI from "openai";
import type { APIPromise } from "openai";
import { pollDelay } from "../connect/poll-delay.js";
import type { FileObject } from "../service/files.js";
import type { Grader, GraderRun } from "../service/graders.js";
import type { CreateJobRequest, FineTuningJob, JobCheckpoint, JobEvent } from "../service/jobs.js";

/** A value that may still change, and the milliseconds after which to ask for it again. */
export interface Polled<T> {
  value: T;
  nextPoll: number;
}

/** How persistently to ask: `maxRetries` failures are waited out, at the service's pace or with a growing delay. */
export interface RequestOptions {
  signal?: AbortSignal;
  maxRetries?: number;
}

/** Milliseconds between two polls where the service names no pace. */
const pollMilliseconds = 10_000;
const pageLength = 100;

/** Uploads `file` for fine-tuning. */
export async function createFile(openai: OpenAI, file: File): Promise<FileObject> {
  return (await openai.files.create({ file, purpose: "fine-tune" })) as unknown as FileObject;
}

/** One file. */
export function getFile(openai: OpenAI, id: string): Promise<Polled<FileObject>> {
  return polled(openai.files.retrieve(id));
}

/** All files, page by page, newest first. */
export function listFiles(openai: OpenAI): AsyncIterable<FileObject> {
  return openai.files.list({ limit: pageLength }) as unknown as AsyncIterable<FileObject>;
}

/** The content of a file as text. */
export async function readFileContent(openai: OpenAI, id: string): Promise<string> {
  return (await openai.files.content(id)).text();
}

/** Creates a job, once: a retry after a lost reply could start, and bill, a second one. */
export async function createJob(openai: OpenAI, request: CreateJobRequest): Promise<FineTuningJob> {
  const body = request as unknown as OpenAI.FineTuning.JobCreateParams;
  return (await openai.fineTuning.jobs.create(body, { maxRetries: 0 })) as unknown as FineTuningJob;
}

/** One job. */
export function getJob(openai: OpenAI, id: string, options?: RequestOptions): Promise<Polled<FineTuningJob>> {
  return polled(openai.fineTuning.jobs.retrieve(id, options));
}

/** All jobs, page by page, newest first. */
export function listJobs(openai: OpenAI): AsyncIterable<FineTuningJob> {
  return openai.fineTuning.jobs.list({ limit: pageLength }) as unknown as AsyncIterable<FineTuningJob>;
}

/** The events of a job in pages, newest first. */
export async function* listEventPages(
  openai: OpenAI,
  jobId: string,
  options?: RequestOptions,
): AsyncGenerator<JobEvent[]> {
  const first = await openai.fineTuning.jobs.listEvents(jobId, { limit: pageLength }, options);
  for await (const page of first.iterPages()) yield page.data as unknown as JobEvent[];
}

/** All checkpoints of a job, newest first. */
export function listJobCheckpoints(openai: OpenAI, jobId: string): AsyncIterable<JobCheckpoint> {
  return openai.fineTuning.jobs.checkpoints.list(jobId) as unknown as AsyncIterable<JobCheckpoint>;
}

/** Runs a grader at the service on one answer. */
export async function runGraderOnce(
  openai: OpenAI,
  grader: Grader,
  outputText: string,
  item: Record<string, unknown>,
): Promise<GraderRun> {
  const body = { grader, model_sample: outputText, item } as OpenAI.FineTuning.Alpha.GraderRunParams;
  return (await openai.fineTuning.alpha.graders.run(body, { maxRetries: 8 })) as unknown as GraderRun;
}

async function polled<T>(request: APIPromise<unknown>): Promise<Polled<T>> {
  const { data, response } = await request.withResponse();
  return { value: data as T, nextPoll: pollDelay((name) => response.headers.get(name), pollMilliseconds) };
}
