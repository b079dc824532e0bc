/**
 * One emulator a state folder.
 * @module
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../util/errors.js";

/**
 * Takes the folder for this process until the returned function is called. A lock that a dead process left is taken over.
 * Throws a `UserError` that names the process that holds the folder.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, "emulator.lock");
  const release = (): Promise<void> => rm(path, { force: true });
  if (await createLock(path)) return release;
  const holder = Number(await readFile(path, "utf8").catch(() => ""));
  if (!isAlive(holder)) {
    await rm(path, { force: true });
    if (await createLock(path)) return release;
  }
  throw new UserError(
    `The state folder ${folder} is in use by the process ${holder}. Stop it, or choose another folder; ` +
      `if that process is no emulator, delete ${path}.`,
  );
}

async function createLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
