/**
 * The files of a preparation change together: a reader finds all of an earlier preparation or all of a new
 * one, whenever the process ends.
 *
 * A preparation writes into a folder of its own inside the output folder. Renaming that folder to `.prepared`
 * is the one step that decides; then its files only have to be moved out. If the process is killed before
 * that is done, the next one finishes it.
 * @module
 */
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ConfigurationError, messageOf } from "../util/errors.js";
import type { Split } from "./seen-problems.js";

/** The files of a preparation, `test` only on request. The manifest comes last: it vouches for the others. */
export const fileNames = {
  training: "training.jsonl",
  validation: "validation.jsonl",
  test: "test.jsonl",
  problems: "problems.arrow",
  manifest: "manifest.json",
} as const satisfies Record<Split | "problems" | "manifest", string>;

const committedName = ".prepared";
const unfinishedName = /^\.preparing-(\d+)-/;

/** The folders of this process that are still being written. */
const underWay = new Set<string>();

/**
 * Makes a new folder inside `outputDir`, on the same disk, and the output folder itself if it is missing.
 * First tidies up what killed processes left behind. Throws a `ConfigurationError` if the output folder
 * cannot be written.
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

/** Removes a folder of {@link openUnfinished} if it was not committed. */
export async function closeUnfinished(folder: string): Promise<void> {
  underWay.delete(folder);
  await rm(folder, { recursive: true, force: true });
}

/**
 * Replaces the earlier files by those of the finished `folder`; nothing else in this process runs meanwhile.
 */
export function commitPreparation(folder: string, outputDir: string): void {
  completePreparation(outputDir);
  renameSync(folder, join(outputDir, committedName));
  completePreparation(outputDir);
}

/**
 * Finishes moving the files of a preparation that was killed while it did so; call it before reading them.
 * Usually there is nothing to do, and that is quick. Throws the system's error if the folder cannot be
 * written.
 */
export function completePreparation(outputDir: string): void {
  const committed = join(outputDir, committedName);
  if (!existsSync(committed)) return;
  const manifest = join(committed, fileNames.manifest);
  // The manifest moves last: once it is gone, so is everything else.
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

/** The error for an output folder that cannot be written. */
export function unwritable(outputDir: string, cause: unknown): ConfigurationError {
  return new ConfigurationError(
    `The output folder ${outputDir} cannot be written (${messageOf(cause)}). Make room there, or name another one with --output_dir.`,
    { cause },
  );
}

/** The names of a preparation's files that its manifest vouches for; none if the manifest cannot be read. */
function filesOf(manifest: string): string[] {
  const known: string[] = Object.values(fileNames);
  try {
    const { outputs } = JSON.parse(readFileSync(manifest, "utf8")) as { outputs: { file: string }[] };
    return outputs.map(({ file }) => file).filter((file) => known.includes(file));
  } catch {
    return [];
  }
}

/** Folder by folder: Node's recursive mkdir never returns if the system refuses every folder, as in /proc. */
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
