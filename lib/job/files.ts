/**
 * Uploads, found by what they contain: a file's name at the service carries the hash of its content.
 * @module
 */
import { openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";
import type { Connection } from "../connect/connect.js";
import { createOnce } from "../connect/retry.js";
import { trainingFileLimits } from "../service/training-file.js";
import type { FileObject } from "../service/wire.js";
import { DataError, NetworkError, RefusalError } from "../util/errors.js";
import { hashFile } from "../util/hash.js";
import { interruptible } from "../util/interrupt.js";
import { createFile, getFile, listFiles } from "./api.js";

/** A file that the service holds and has checked. `reused` says that it was there already. */
export interface UploadedFile {
  id: string;
  filename: string;
  bytes: number;
  reused: boolean;
}

export interface UploadOptions {
  /** Called after each of three steps: hashed, uploaded, checked by the service. */
  onProgress?: (progress: { done: number; total: number }) => void;
  /**
   * Ends the work early: it rejects with the signal's reason. By default, an interrupt of the cell or
   * of the program ends it.
   */
  signal?: AbortSignal;
}

/** How long an upload whose answer was lost may take to be listed. */
const settleMilliseconds = 15_000;

const maxWaitMinutes = 30;

/** Of all the files of a resource (quotas and limits of Azure OpenAI, February 2026). */
const resourceLimits = { files: 100, bytes: 1_000_000_000 } as const;

/**
 * Uploads the JSONL file at `path` as `<stem>-<16 hexadecimal digits>.jsonl` and waits until the service has
 * checked it; a file of that name and size which is there already is taken instead, so that no content is
 * sent twice, not even where the service's answer is lost. Throws a `UserError` where the file is missing,
 * too large or refused by the service's check, with the service's own words, and where the resource is full.
 */
export function uploadFile({ openai }: Connection, path: string, options: UploadOptions = {}): Promise<UploadedFile> {
  const farewell = `The upload of ${path} has stopped. Run this cell again: what has arrived is not sent twice.`;
  return interruptible((signal) => upload(openai, path, { ...options, signal }), farewell, options.signal);
}

async function upload(openai: OpenAI, path: string, { onProgress, signal }: UploadOptions): Promise<UploadedFile> {
  const bytes = await sizeOf(path);
  const filename = `${basename(path, extname(path))}-${(await hashFile(path)).slice(0, 16)}.jsonl`;
  onProgress?.({ done: 1, total: 3 });
  const find = () => findFile(openai, filename, bytes);
  const create = async () => createFile(openai, new File([await openAsBlob(path)], filename), signal);
  const existing = await find();
  const { id } =
    existing ??
    (await createOnce({ what: `the upload of ${path}`, find, create, settleMilliseconds, signal }).catch(
      async (error: unknown) => {
        throw await explained(openai, error, path, bytes);
      },
    ));
  onProgress?.({ done: 2, total: 3 });
  await waitUntilProcessed(openai, id, path, signal);
  onProgress?.({ done: 3, total: 3 });
  return { id, filename, bytes, reused: existing !== undefined };
}

/** A refused upload, with the limit that it meets where that can be told. */
async function explained(openai: Connection["openai"], error: unknown, path: string, bytes: number): Promise<unknown> {
  if (!(error instanceof OpenAI.APIError) || error.status === 401 || error.status === 403) return error;
  const held = { files: 0, bytes: 0 };
  for await (const file of listFiles(openai)) {
    held.files += 1;
    held.bytes += file.bytes;
  }
  const { files, bytes: total } = resourceLimits;
  const isFull = held.files >= files || held.bytes + bytes > total;
  const advice = isFull
    ? `The resource holds ${held.files} files of ${megabytes(held.bytes)} MB; it takes ${files}, of ${megabytes(total)} MB in all. listResources shows them, deleteResources deletes the ones you name.`
    : `Its size is ${megabytes(bytes)} MB; the service takes ${megabytes(trainingFileLimits.maxBytes)} MB a file.`;
  return new RefusalError(`The service refuses the upload of ${path}: ${error.message}\n${advice}`, { cause: error });
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}

async function sizeOf(path: string): Promise<number> {
  const { size } = await stat(path).catch(() => {
    throw new DataError(
      `${path} cannot be read. Prepare the data first: it writes training.jsonl and validation.jsonl.`,
    );
  });
  const { maxBytes } = trainingFileLimits;
  if (size > maxBytes)
    throw new DataError(
      `${path} has ${megabytes(size)} MB; the service takes ${megabytes(maxBytes)} MB. Prepare the data with fewer problems.`,
    );
  return size;
}

async function findFile(
  openai: Connection["openai"],
  filename: string,
  bytes: number,
): Promise<FileObject | undefined> {
  for await (const file of listFiles(openai)) {
    if (file.filename === filename && file.bytes === bytes && isUsable(file)) return file;
  }
  return undefined;
}

/** Processed, or on the way there since an earlier run that was stopped. */
function isUsable({ status }: FileObject): boolean {
  return status === "processed" || status === "pending" || status === "running" || status === "uploaded";
}

async function waitUntilProcessed(openai: OpenAI, id: string, path: string, signal?: AbortSignal): Promise<void> {
  const deadline = Date.now() + maxWaitMinutes * 60_000;
  for (;;) {
    const { value: file, nextPoll } = await getFile(openai, id, { signal });
    if (file.status === "processed") return;
    if (file.status === "error" || file.status === "deleted" || file.status === "deleting")
      throw new DataError(
        `The service did not accept ${path} (${id}, ${file.status}): ${file.status_details ?? "it gives no reason"}`,
      );
    if (Date.now() > deadline)
      throw new NetworkError(
        `The service has not checked ${path} (${id}) within ${maxWaitMinutes} minutes. Try again later.`,
      );
    await sleep(nextPoll, undefined, { signal });
  }
}
