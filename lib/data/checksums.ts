/**
 * Whether shards are the bytes that were published, each of them once.
 * @module
 */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { messageOf, UserError } from "../util/errors.js";
import { hashFile } from "../util/hash.js";
import { damagedShard } from "./shard-checks.js";

/** Where the published SHA-256 of a shard is kept: beside it, in the form that `sha256sum` writes. */
export function checksumPath(shardPath: string): string {
  return `${shardPath}.sha256`;
}

/**
 * The SHA-256 of each shard. Throws a `UserError` where one differs from its published checksum, as far as that is known, or where two
 * hold the same bytes; rejects with the signal's reason once that is aborted.
 */
export async function verifyChecksums(paths: readonly string[], signal?: AbortSignal): Promise<string[]> {
  const pathByHash = new Map<string, string>();
  for (const path of paths) {
    signal?.throwIfAborted();
    const hash = await hashFile(path).catch((error: unknown) => {
      throw new UserError(
        `${path} cannot be read (${messageOf(error)}). Make it readable, or take it out of the folder.`,
      );
    });
    const published = await publishedChecksum(path);
    if (published !== null && published !== hash)
      throw damagedShard(path, `its SHA-256 is ${hash}, and ${checksumPath(path)} demands ${published}`);
    const twin = pathByHash.get(hash);
    if (twin !== undefined)
      throw new UserError(
        `${path} is the same shard as ${basename(twin)}: every byte agrees. Take one of the two out of the folder.`,
      );
    pathByHash.set(hash, path);
  }
  return [...pathByHash.keys()];
}

/** Null where there is no checksum beside the shard. */
async function publishedChecksum(path: string): Promise<string | null> {
  const content = await readFile(checksumPath(path), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new UserError(`${checksumPath(path)} cannot be read (${messageOf(error)}). Make it readable, or delete it.`);
  });
  if (content === null) return null;
  const [hash] = content.match(/^[0-9a-f]{64}\b/i) ?? [];
  if (hash === undefined)
    throw new UserError(
      `${checksumPath(path)} does not start with a SHA-256. Download the shard again, or delete the file.`,
    );
  return hash.toLowerCase();
}
