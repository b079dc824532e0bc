/**
 * One emulator to a state folder.
 *
 * The lock is the subfolder `lock` with one entry in it, named after the process that holds it. It is
 * made aside and renamed into place, which the system refuses as long as the target has an entry, so of
 * several processes one gets it. A lock that a dead process left is emptied by removing that process's
 * entry by its name: a lock that somebody else took meanwhile has another name. The entry is a file, in
 * which the holder may leave a note for the other processes of its user.
 * @module
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError } from "../../util/errors.js";
import { temporaryPath } from "../../util/files.js";

/** A living process holds the folder; `note` is what it left there, undefined where that is nothing. */
export class FolderInUse extends ConfigurationError {
  readonly note: string | undefined;

  constructor(message: string, note: string) {
    super(message);
    this.note = note || undefined;
  }
}

/**
 * Takes the folder for this process until the returned function is called, also from a process that
 * died without letting go. Throws a `FolderInUse` that names the living process that holds the folder, and
 * `another`, the setting that takes another folder.
 */
export async function lockFolder(folder: string, another = "EMULATOR_STATE_DIR"): Promise<() => Promise<void>> {
  const path = join(folder, "lock");
  const entry = `${process.pid}-${startOf(process.pid)}-${randomBytes(4).toString("hex")}`;
  const aside = temporaryPath(path);
  await mkdir(aside);
  try {
    await writeFile(join(aside, entry), "");
    while (!(await moveIntoPlace(aside, path))) await removeDeadEntry(folder, another);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return () => removeEntry(path, entry);
}

/**
 * Leaves a note in the lock that this process holds on the folder. Only its user can read it; it goes
 * with the lock.
 */
export async function leaveNote(folder: string, note: string): Promise<void> {
  const path = join(folder, "lock");
  const [entry = ""] = await readdir(path);
  const aside = temporaryPath(path);
  await writeFile(aside, note, { mode: 0o600, flag: "wx" });
  await rename(aside, join(path, entry));
}

async function moveIntoPlace(aside: string, path: string): Promise<boolean> {
  try {
    await rename(aside, path);
    return true;
  } catch (error) {
    // Windows refuses to rename over any folder with EPERM, be it empty.
    if (["ENOTEMPTY", "EEXIST", "EPERM"].includes(`${(error as NodeJS.ErrnoException).code}`)) return false;
    throw error;
  }
}

async function removeDeadEntry(folder: string, another: string): Promise<void> {
  const path = join(folder, "lock");
  const [entry = ""] = await readdir(path).catch(() => []);
  const [pid = "", start = ""] = entry.split("-");
  if (isAlive(Number(pid), start))
    throw new FolderInUse(
      `The folder ${folder} is in use by the process ${pid}. Stop it, or give ${another} another folder; ` +
        `if that process is another program, delete ${path}.`,
      await readFile(join(path, entry), "utf8").catch(() => ""),
    );
  await removeEntry(path, entry);
}

async function removeEntry(path: string, entry: string): Promise<void> {
  if (entry !== "") await rm(join(path, entry), { force: true });
  // It fails where another process has taken the lock meanwhile, or has removed the folder itself.
  await rmdir(path).catch(() => {});
}

/** Whether the process lives that had `pid` and started at `start`; an unknown start is taken for the same. */
function isAlive(pid: number, start: string): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const present = startOf(pid);
  return start === "" || present === "" || present === start;
}

/**
 * When a process started, in clock ticks since the machine did: what tells it from an earlier one with its
 * number. "ended" for one that only waits to be collected by its parent; empty where the system has no
 * `/proc`. Source: proc_pid_stat(5), fields 3 and 22.
 */
function startOf(pid: number): string {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" ? "ended" : (fields[19] ?? "");
  } catch {
    return "";
  }
}
