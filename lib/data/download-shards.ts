/**
 * Downloads shards of OpenR1-Math-220k into a folder.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { messageOf, UserError } from "../util/errors.js";
import { downloadShard } from "./download/download-shard.js";
import { type Hub, listShards, openHub, type RemoteShard } from "./download/hub.js";
import { type HubRetryOptions, withHubRetry } from "./download/hub-faults.js";

export interface DownloadOptions extends Hub {
  /** The folder for the shards; it is made where it is missing. */
  outputDir: string;
  /** How many, from the first on; Infinity takes all. */
  shards: number;
  /** Told with each piece how many bytes of the shard are there. */
  onProgress?: (shard: RemoteShard, bytes: number) => void;
  /** Told when a shard is whole; `isNew` is false where it was there before. */
  onDone?: (shard: RemoteShard, isNew: boolean) => void;
  onRetry?: HubRetryOptions["onRetry"];
}

/**
 * Leaves the first shards of the dataset's default part in `outputDir`, each checked against the size and SHA-256 that the hub
 * lists, and returns what the hub says of them. Throws a `UserError` that says what to do; what arrived until then is kept, and
 * the next call continues there.
 */
export async function downloadShards({
  outputDir,
  shards: count,
  onProgress,
  onDone,
  onRetry,
  ...access
}: DownloadOptions): Promise<RemoteShard[]> {
  const hub = openHub(access);
  const all = await withHubRetry(hub, () => listShards(hub), { onRetry });
  const shards = all.slice(0, count);
  try {
    await mkdir(outputDir, { recursive: true });
    for (const shard of shards) {
      const isNew = await downloadShard(hub, shard, outputDir, {
        onProgress: (bytes) => onProgress?.(shard, bytes),
        onRetry,
      });
      onDone?.(shard, isNew);
    }
    return shards;
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new UserError(
      `The folder ${outputDir} cannot be written (${messageOf(error)}). Make room there, or name another one with --output_dir; what has arrived is kept, and the next run continues there.`,
    );
  }
}
