/**
 * Uploads, found by what they contain: a file's name at the service carries the hash of its content.
 * @module
 */
import { openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "../connect.js";
import { UserError } from "../errors.js";
import { hashFile } from "../hash.js";
import type { FileObject } from "../service/files.js";
import { trainingFileLimits } from "../service/training-file.js";
import { createFile, getFile, listFiles } from "./wire.js";

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
}

const maximumWaitMinutes = 30;

/**
 * Uploads the JSONL file at `path` as `<stem>-<16 hexadecimal digits>.jsonl` and waits until the service has checked it; a file
 * of that name and size which is there already is taken instead. Throws a `UserError` where the file is missing, too large or
 * refused by the service's check, with the service's own words.
 */
export async function uploadFile(
  { openai }: Connection,
  path: string,
  { onProgress }: UploadOptions = {},
): Promise<UploadedFile> {
  const bytes = await sizeOf(path);
  const filename = `${basename(path, extname(path))}-${(await hashFile(path)).slice(0, 16)}.jsonl`;
  onProgress?.({ done: 1, total: 3 });
  const existing = await findFile(openai, filename, bytes);
  const { id } = existing ?? (await createFile(openai, new File([await openAsBlob(path)], filename)));
  onProgress?.({ done: 2, total: 3 });
  await waitUntilProcessed(openai, id, path);
  onProgress?.({ done: 3, total: 3 });
  return { id, filename, bytes, reused: existing !== undefined };
}

async function sizeOf(path: string): Promise<number> {
  const { size } = await stat(path).catch(() => {
    throw new UserError(
      `${path} cannot be read. Prepare the data first: it writes training.jsonl and validation.jsonl.`,
    );
  });
  const { maximumBytes } = trainingFileLimits;
  if (size > maximumBytes)
    throw new UserError(
      `${path} has ${Math.ceil(size / 1e6)} MB; the service takes ${maximumBytes / 1e6} MB. Prepare the data with fewer problems.`,
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

async function waitUntilProcessed(openai: Connection["openai"], id: string, path: string): Promise<void> {
  const deadline = Date.now() + maximumWaitMinutes * 60_000;
  for (;;) {
    const { value: file, nextPoll } = await getFile(openai, id);
    if (file.status === "processed") return;
    if (file.status === "error" || file.status === "deleted" || file.status === "deleting")
      throw new UserError(
        `The service did not accept ${path} (${id}, ${file.status}): ${file.status_details ?? "it gives no reason"}`,
      );
    if (Date.now() > deadline)
      throw new UserError(
        `The service has not checked ${path} (${id}) within ${maximumWaitMinutes} minutes. Try again later.`,
      );
    await sleep(nextPoll);
  }
}
