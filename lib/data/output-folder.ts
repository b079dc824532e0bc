/**
 * Files that change together: whoever asks meets all of an earlier preparation or all of a new one, whenever the process ends.
 *
 * A preparation writes into a folder of its own inside the output folder. Renaming that folder to `.prepared` is the one step that
 * decides; afterwards its files only have to be moved out, and whoever comes next finishes that, should the process have been killed.
 * @module
 */
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf, UserError } from "../util/errors.js";
import { fileNames, type Preparation } from "./preparation.js";

const committedName = ".prepared";
const unfinishedName = /^\.preparing-(\d+)-/;

/** The folders of this process that are still being written. */
const underWay = new Set<string>();

/**
 * A fresh folder inside `outputDir`, on the same disk; the output folder is made where it is missing. What killed processes left
 * behind is put in order first. Throws a `UserError` where the output folder cannot be written.
 */
export async function openUnfinished(outputDir: string): Promise<string> {
  try {
    await makeFolder(outputDir);
    completePreparation(outputDir);
    await removeAbandoned(outputDir);
    for (const name of Object.values(fileNames)) {
      const found = await stat(join(outputDir, name)).catch(() => null);
      if (found?.isDirectory()) throw new Error(`${name} is a folder there`);
    }
    const folder = await mkdtemp(join(outputDir, `.preparing-${process.pid}-`));
    underWay.add(folder);
    return folder;
  } catch (error) {
    throw unwritable(outputDir, error);
  }
}

/** Removes a folder of {@link openUnfinished}, if it was not committed. */
export async function closeUnfinished(folder: string): Promise<void> {
  underWay.delete(folder);
  await rm(folder, { recursive: true, force: true });
}

/** Puts the files of the finished `folder` in the place of the earlier ones. Nothing of this process can come in between. */
export function commitPreparation(folder: string, outputDir: string): void {
  completePreparation(outputDir);
  renameSync(folder, join(outputDir, committedName));
  completePreparation(outputDir);
}

/**
 * Finishes moving the files of a preparation that was killed just then; call it before reading them. Does nothing, quickly, where all
 * is in order. Throws the system's error where the folder cannot be written.
 */
export function completePreparation(outputDir: string): void {
  const committed = join(outputDir, committedName);
  if (!existsSync(committed)) return;
  const manifest = join(committed, fileNames.manifest);
  // The manifest moves last: where it is gone, so is everything else.
  if (existsSync(manifest)) {
    const earlier = filesOf(join(outputDir, fileNames.manifest));
    const files = filesOf(manifest);
    for (const name of earlier.filter((name) => !files.includes(name))) rmSync(join(outputDir, name), { force: true });
    for (const name of [...files, fileNames.manifest]) {
      if (existsSync(join(committed, name))) renameSync(join(committed, name), join(outputDir, name));
    }
  }
  rmSync(committed, { recursive: true, force: true });
}

/** The error for an output folder that does not take what it should. */
export function unwritable(outputDir: string, error: unknown): UserError {
  return new UserError(
    `The output folder ${outputDir} cannot be written (${messageOf(error)}). Make room there, or name another one with --output_dir.`,
  );
}

/** The names of a preparation's files that its manifest vouches for; none where there is no manifest that can be read. */
function filesOf(manifest: string): string[] {
  const known: string[] = Object.values(fileNames);
  try {
    const { outputs } = JSON.parse(readFileSync(manifest, "utf8")) as Preparation;
    return outputs.map(({ file }) => file).filter((file) => known.includes(file));
  } catch {
    return [];
  }
}

/** Folder by folder: asked for all of them at once, Node never returns where the system has no room for any, as in /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

async function removeAbandoned(outputDir: string): Promise<void> {
  for (const name of await readdir(outputDir)) {
    const [, pid] = name.match(unfinishedName) ?? [];
    const folder = join(outputDir, name);
    if (pid !== undefined && !underWay.has(folder) && !isOtherProcess(Number(pid))) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Whether another process with this number runs. */
function isOtherProcess(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
