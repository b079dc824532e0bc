/**
 * Downloads shards of OpenR1-Math-220k into a folder. A broken download continues where it stopped, and only
 * a whole file gets the shard's name.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError, DataError, messageOf } from "../util/errors.js";
import { replaceFile } from "../util/files.js";
import { hashFile } from "../util/hash.js";
import {
  type Hub,
  type HubRetryOptions,
  listShards,
  openHub,
  type RemoteShard,
  readShard,
  withHubRetry,
} from "./hub.js";
import { checksumPath } from "./shards.js";

export interface DownloadOptions extends Hub {
  /** The folder for the shards; it is made if it is missing. */
  outputDir: string;
  /** How many, from the first on; Infinity takes all. */
  shards: number;
  /** Called with each piece: how many bytes of the shard are there, those of earlier runs included. */
  onProgress?: (shard: RemoteShard, bytes: number) => void;
  /** Called when a shard is whole; `isNew` is false if it was there before. */
  onDone?: (shard: RemoteShard, isNew: boolean) => void;
  onRetry?: HubRetryOptions["onRetry"];
}

/**
 * Leaves the first shards of the dataset's default part in `outputDir`, each checked against the size and
 * SHA-256 that the hub lists, and returns what the hub says of them. Throws an error that says what to do;
 * what has arrived until then is kept, and the next call continues there.
 */
export async function downloadShards(options: DownloadOptions): Promise<RemoteShard[]> {
  const { outputDir, onDone, onRetry } = options;
  const hub = openHub(options);
  const all = await withHubRetry(hub, () => listShards(hub), { onRetry });
  const shards = all.slice(0, options.shards);
  try {
    await mkdir(outputDir, { recursive: true });
    for (const shard of shards) {
      const isNew = await downloadShard(hub, shard, options);
      onDone?.(shard, isNew);
    }
    return shards;
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new ConfigurationError(
      `The folder ${outputDir} cannot be written (${messageOf(error)}). Make room there, or name another one with --output_dir; what has arrived is kept, and the next run continues there.`,
      { cause: error },
    );
  }
}

/**
 * Leaves the shard in the folder with its checksum beside it, as `<name>.sha256` in the form of coreutils.
 * Until it is whole it is called `<name>.partial`. Returns false if it was there already.
 */
async function downloadShard(hub: Hub, shard: RemoteShard, options: DownloadOptions): Promise<boolean> {
  const path = join(options.outputDir, shard.name);
  const isThere = await isWhole(path, shard);
  if (!isThere) await fetchShard(hub, shard, `${path}.partial`, options);
  await replaceFile(checksumPath(path), `${shard.sha256}  ${shard.name}\n`);
  if (!isThere) await rename(`${path}.partial`, path);
  return !isThere;
}

async function isWhole(path: string, { bytes, sha256 }: RemoteShard): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.size === bytes && (await hashFile(path)) === sha256;
}

/** Completes the partial file. One that an earlier run began wrong is fetched again from its start. */
async function fetchShard(hub: Hub, shard: RemoteShard, partial: string, options: DownloadOptions): Promise<void> {
  const { sha256, wasResumed } = await fillPartial(hub, shard, partial, options);
  if (sha256 === shard.sha256) return;
  await rm(partial);
  if (wasResumed) return fetchShard(hub, shard, partial, options);
  throw new DataError(
    `${shard.name} arrived with another SHA-256 (${sha256}) than ${hub.endpoint} lists (${shard.sha256}), and was not kept. Run the command again; if it happens twice, name another endpoint with --endpoint.`,
  );
}

/** Appends what is missing. Returns the hash of the whole, and whether an earlier run had begun it. */
async function fillPartial(
  hub: Hub,
  shard: RemoteShard,
  partial: string,
  { onProgress, onRetry }: DownloadOptions,
): Promise<{ sha256: string; wasResumed: boolean }> {
  const file = await open(partial, "a");
  try {
    const hash = createHash("sha256");
    let done = await hashExisting(file, partial, shard.bytes, hash);
    const wasResumed = done > 0;
    const attempt = async (): Promise<void> => {
      onProgress?.(shard, done);
      if (done === shard.bytes) return;
      for await (const chunk of readShard(hub, shard, done)) {
        const wanted = chunk.subarray(0, shard.bytes - done);
        await file.appendFile(wanted);
        hash.update(wanted);
        done += wanted.length;
        onProgress?.(shard, done);
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

/**
 * Hashes what an earlier run left and returns its length. If it is longer than the shard, it is discarded.
 */
async function hashExisting(file: FileHandle, partial: string, maxBytes: number, hash: Hash): Promise<number> {
  const { size } = await file.stat();
  if (size > maxBytes) {
    await file.truncate();
    return 0;
  }
  for await (const chunk of createReadStream(partial)) hash.update(chunk as Buffer);
  return size;
}
