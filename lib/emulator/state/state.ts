/**
 * Everything the emulator remembers, and where it lies in the state folder.
 * @module
 */
import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { FineTuningJob, JobCheckpoint } from "../../service/jobs.js";
import type { Deployment, FileObject } from "../../service/wire.js";
import { DataError, messageOf } from "../../util/errors.js";
import { isDiskFull, removeTemporaryFiles } from "../../util/files.js";
import { hashFile } from "../../util/hash.js";
import { retry } from "../../util/retry.js";
import { type Collection, damaged, openCollection } from "./collection.js";
import { type EventLog, openEventLog } from "./event-log.js";

/** One operation on a deployment; its status is in the words of Azure Resource Manager. */
export interface OperationRecord {
  id: string;
  action: "create" | "delete";
  /** The deployment's name. */
  deployment: string;
  status: "InProgress" | "Succeeded" | "Failed";
}

/** A file with the SHA-256 of its content. */
export type FileRecord = FileObject & { sha256: string };

/** A job with the checkpoints it kept, the newest first. */
export interface JobRecord {
  job: FineTuningJob;
  checkpoints: JobCheckpoint[];
  /** The SHA-256 of each file of weights, by its name in the job's folder. */
  weights: Record<string, string>;
  /** At least so many events are in the job's log. */
  events: number;
}

/** A deployment under its name; its resource id depends on who asks. */
export type DeploymentRecord = Deployment & { name: string };

/** All that is remembered; deployments are kept under their names in lower case. */
export interface State {
  files: Collection<FileRecord>;
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

/** Milliseconds between two tries to write to a full disk. */
const roomDelay = 1000;

/**
 * What `work` resolves to, tried again as long as the disk is full; rejects with the signal's reason once it
 * is aborted.
 */
export function whenThereIsRoom<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return retry(work, { signal, delayAfter: (error) => (isDiskFull(error) ? roomDelay : undefined) });
}

/** Work that goes on after a request was answered: counts what runs, so that the emulator can end cleanly. */
class BackgroundTasks {
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  /** Starts a task, again where the disk was full; if it fails otherwise, the error goes to standard error. */
  start(task: () => Promise<void>): void {
    const running = whenThereIsRoom(task, this.#closing.signal)
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted) console.error(error);
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when no task runs any more; those that wait for room on the disk give up. */
  async close(): Promise<void> {
    this.#closing.abort();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}

/** Opens the state in `folder`, which is created if it is missing. */
export async function openState(folder: string): Promise<State> {
  const paths: StatePaths = {
    upload: (fileId) => join(folder, "uploads", fileId),
    job: (jobId) => join(folder, "training", jobId),
  };
  const files = await openCollection<FileRecord>(join(folder, "files"), ({ id }) => id);
  await openFolder(folder, "uploads", files);
  const jobs = await openCollection<JobRecord>(join(folder, "jobs"), ({ job }) => job.id);
  await openFolder(folder, "training", jobs);
  const events = new Map<string, EventLog>();
  for (const record of jobs.newestFirst()) {
    const { id } = record.job;
    await mkdir(paths.job(id), { recursive: true });
    const log = await openEventLog(join(paths.job(id), "events.jsonl"), record.events);
    if (log.length < record.events) await jobs.put({ ...record, events: log.length });
    events.set(id, log);
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
 * Makes a folder of things that are named by their record's key. Those without a record are moved into the
 * folder `set-aside`: a crash kept the record from being written, or somebody has moved it away and may bring
 * it back.
 */
async function openFolder<T>(stateDir: string, kind: string, records: Collection<T>): Promise<void> {
  const folder = join(stateDir, kind);
  await mkdir(folder, { recursive: true });
  await removeTemporaryFiles(folder);
  for (const name of await readdir(folder)) {
    if (records.get(name)) continue;
    const aside = join(stateDir, "set-aside", `${kind}-${new Date().toISOString().replaceAll(":", "-")}`);
    await mkdir(aside, { recursive: true });
    await rename(join(folder, name), join(aside, name));
  }
}

/**
 * Throws a `DataError` if the content of the file `id` is not what was stored; a client sees the file's error
 * then.
 */
export async function checkContent({ files, paths }: State, id: string): Promise<void> {
  const file = files.get(id);
  if (!file) throw new DataError(`There is no file '${id}' any more.`);
  const found = await hashFile(paths.upload(id)).catch((error: unknown) => messageOf(error));
  if (found === file.sha256) return;
  const { message } = damaged(paths.upload(id), /^[0-9a-f]{64}$/.test(found) ? "its checksum does not match" : found);
  const details = `${message} Or send the file once more.`;
  await files.put({ ...file, status: "error", status_details: details });
  throw new DataError(details);
}

/** Makes the folder and the empty log of a new job. */
export async function openJobLog({ paths, events }: State, jobId: string): Promise<EventLog> {
  await mkdir(paths.job(jobId), { recursive: true });
  const log = await openEventLog(join(paths.job(jobId), "events.jsonl"));
  events.set(jobId, log);
  return log;
}
