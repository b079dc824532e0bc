/**
 * What writes that a crash cut off have left behind.
 * @module
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Removes the temporary files of `replaceFile` in a folder in which nothing is being written. */
export async function removeTemporaryFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith(".tmp")) await rm(join(folder, name), { force: true });
  }
}
