/**
 * Everything the emulator remembers, and where it lies in the state folder.
 * @module
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { FineTuningJob, JobCheckpoint } from "../../service/jobs.js";
import type { Deployment, FileObject } from "../../service/wire.js";
import { type Collection, openCollection } from "./collection.js";
import { type EventLog, openEventLog } from "./event-log.js";

/** One operation on a deployment; its status is in the words of Azure Resource Manager. */
export interface OperationRecord {
  id: string;
  action: "create" | "delete";
  /** The deployment's name. */
  deployment: string;
  status: "InProgress" | "Succeeded" | "Failed";
}

/** A job with the checkpoints it kept, the newest first. */
export interface JobRecord {
  job: FineTuningJob;
  checkpoints: JobCheckpoint[];
}

/** A deployment under its name; its resource id depends on who asks. */
export type DeploymentRecord = Deployment & { name: string };

/** All that is remembered; deployments are kept under their names in lower case. */
export interface State {
  files: Collection<FileObject>;
  jobs: Collection<JobRecord>;
  events: Map<string, EventLog>;
  deployments: Collection<DeploymentRecord>;
  operations: Collection<OperationRecord>;
  tasks: BackgroundTasks;
  paths: StatePaths;
}

/** Where things lie, under names that the emulator gave. */
interface StatePaths {
  /** The content of a file. */
  upload(fileId: string): string;
  /** The folder of a job: its events, weights and the state of its training. */
  job(jobId: string): string;
}

/** Work that goes on after a request was answered: counts what runs, so that the emulator can end cleanly. */
class BackgroundTasks {
  readonly #running = new Set<Promise<void>>();

  /** Starts a task; if it fails, the error goes to standard error. */
  start(task: () => Promise<void>): void {
    const running = task()
      .catch((error: unknown) => console.error(error))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when no task runs any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}

/** Opens the state in `folder`, which is created if it is missing. */
export async function openState(folder: string): Promise<State> {
  const paths: StatePaths = {
    upload: (fileId) => join(folder, "uploads", fileId),
    job: (jobId) => join(folder, "training", jobId),
  };
  const files = await openCollection<FileObject>(join(folder, "files"), ({ id }) => id);
  await openFolder(join(folder, "uploads"), files);
  const jobs = await openCollection<JobRecord>(join(folder, "jobs"), ({ job }) => job.id);
  await openFolder(join(folder, "training"), jobs);
  const events = new Map<string, EventLog>();
  for (const { job } of jobs.newestFirst()) {
    events.set(job.id, await openEventLog(join(paths.job(job.id), "events.jsonl")));
  }
  return {
    files,
    jobs,
    events,
    deployments: await openCollection<DeploymentRecord>(join(folder, "deployments"), ({ name }) => name.toLowerCase()),
    operations: await openCollection<OperationRecord>(join(folder, "operations"), ({ id }) => id),
    tasks: new BackgroundTasks(),
    paths,
  };
}

/**
 * Makes a folder of things that are named by their record's key, and removes those whose record a crash kept
 * from being written.
 */
async function openFolder<T>(folder: string, records: Collection<T>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    if (!records.get(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Makes the folder and the empty log of a new job. */
export async function openJobLog({ paths, events }: State, jobId: string): Promise<EventLog> {
  await mkdir(paths.job(jobId), { recursive: true });
  const log = await openEventLog(join(paths.job(jobId), "events.jsonl"));
  events.set(jobId, log);
  return log;
}
