/**
 * Downloads one shard, so that a broken download continues where it stopped and only a whole file gets the shard's name.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../util/errors.js";
import { replaceFile } from "../../util/files.js";
import { hashFile } from "../../util/hash.js";
import { checksumPath } from "../shards.js";
import { type Hub, type RemoteShard, readShard } from "./hub.js";
import { type HubRetryOptions, withHubRetry } from "./hub-faults.js";

export interface ShardOptions {
  /** Told with each piece how many bytes are there, those of earlier runs included. */
  onProgress?: (bytes: number) => void;
  onRetry?: HubRetryOptions["onRetry"];
}

/**
 * Leaves the shard in `folder` with its checksum beside it, as `<name>.sha256` in the form of coreutils. Until it is whole it is
 * called `<name>.partial`. Returns false where it was there already. Throws a `UserError` where the hub fails for good or sends
 * something else than it promised, and rejects with the system's error where the folder cannot be written.
 */
export async function downloadShard(
  hub: Hub,
  shard: RemoteShard,
  folder: string,
  options: ShardOptions = {},
): Promise<boolean> {
  const path = join(folder, shard.name);
  if (await isThere(path, shard)) {
    await writeChecksum(path, shard);
    return false;
  }
  const partial = `${path}.partial`;
  const { sha256, wasResumed } = await fillPartial(hub, shard, partial, options);
  if (sha256 !== shard.sha256) {
    await rm(partial);
    if (wasResumed) return downloadShard(hub, shard, folder, options);
    throw new UserError(
      `${shard.name} arrived with another SHA-256 (${sha256}) than ${hub.endpoint} lists (${shard.sha256}), and was not kept. Run the command again; if it happens twice, name another endpoint with --endpoint.`,
    );
  }
  await writeChecksum(path, shard);
  await rename(partial, path);
  return true;
}

async function isThere(path: string, { bytes, sha256 }: RemoteShard): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.size === bytes && (await hashFile(path)) === sha256;
}

function writeChecksum(path: string, { name, sha256 }: RemoteShard): Promise<void> {
  return replaceFile(checksumPath(path), `${sha256}  ${name}\n`);
}

/** Appends what is missing to the partial file. Returns the hash of the whole, and whether an earlier run had begun it. */
async function fillPartial(
  hub: Hub,
  shard: RemoteShard,
  partial: string,
  { onProgress, onRetry }: ShardOptions,
): Promise<{ sha256: string; wasResumed: boolean }> {
  const file = await open(partial, "a");
  try {
    const hash = createHash("sha256");
    let done = await hashExisting(file, partial, shard.bytes, hash);
    const wasResumed = done > 0;
    const attempt = async (): Promise<void> => {
      onProgress?.(done);
      if (done === shard.bytes) return;
      for await (const chunk of readShard(hub, shard, done)) {
        const wanted = chunk.subarray(0, shard.bytes - done);
        await file.appendFile(wanted);
        hash.update(wanted);
        done += wanted.length;
        onProgress?.(done);
      }
      if (done < shard.bytes) throw new Error("the connection was closed too early");
    };
    await withHubRetry(hub, attempt, { progress: () => done, waitForHost: true, onRetry });
    await file.sync();
    return { sha256: hash.digest("hex"), wasResumed };
  } finally {
    await file.close();
  }
}

/** Feeds what an earlier run left to the hash and returns its length. What is longer than the shard can be no part of it and is cut. */
async function hashExisting(file: FileHandle, partial: string, maximum: number, hash: Hash): Promise<number> {
  const { size } = await file.stat();
  if (size > maximum) {
    await file.truncate();
    return 0;
  }
  for await (const chunk of createReadStream(partial)) hash.update(chunk as Buffer);
  return size;
}
