/** The cookbook as a stranger has it after `npm run setup`: copied to a folder of its own, and run from there. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, onTestFinished } from "vitest";
import { type Emulator, startEmulator } from "../dist/emulator/emulator.js";
import {
  type CodeCell,
  type Notebook,
  readNotebook,
  sectionCalled,
  writeNotebook,
} from "../dist/tools/notebook/notebook.js";
import { type NotebookRun, runNotebook as runCells } from "../dist/tools/notebook/run.js";

const project = join(__dirname, "..");
export const notebookName = "rft_math_reasoning.ipynb";

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

/** A copy of what a clone holds once it is built, so that the run finds and leaves no state in this one. */
export async function freshProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cookbook-"));
  folders.push(folder);
  for (const name of ["dist", "lib", "training_data/sample", "test/grader/cases.jsonl", "package.json", notebookName])
    await cp(join(project, name), join(folder, name), { recursive: true });
  await symlink(join(project, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** Writes a `.env` that takes an emulator, with its state in the folder "azure", for Azure. */
export async function configureAzure(folder: string, more: Record<string, string> = {}): Promise<Emulator> {
  const emulator = await startEmulator({ stateDir: join(folder, "azure") });
  onTestFinished(() => emulator.close());
  const settings = {
    AZURE_AI_PROJECT_ENDPOINT: emulator.projectEndpoint,
    AZURE_SUBSCRIPTION_ID: "00000000-0000-0000-0000-000000000000",
    AZURE_RESOURCE_GROUP: "group",
    AZURE_AOAI_ACCOUNT: "account",
    AZURE_ARM_ENDPOINT: emulator.armEndpoint,
    AZURE_OPENAI_KEY: emulator.apiKey,
    MODEL_NAME: "o4-mini-2025-04-16",
    DEPLOYMENT_NAME: "o4-mini",
    ...more,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  await writeFile(join(folder, ".env"), lines.join("\n"));
  return emulator;
}

export interface Run {
  exitCode: number | null;
  printed: string;
}

/** What `npm start` runs, without any Azure setting of this machine. */
export async function runNotebook(folder: string): Promise<Run> {
  const env = { PATH: process.env.PATH, HOME: folder };
  const child = spawn(process.execPath, ["dist/tools/cli/run-notebook.js"], { cwd: folder, env });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode, printed };
}

/** Where a kernel is killed: so many milliseconds after the cell with this id has begun. */
export interface Kill {
  cellId: string;
  milliseconds: number;
}

function killIn({ cells }: Notebook, { cellId, milliseconds }: Kill): void {
  const cell = cells.find(({ id }) => id === cellId);
  if (cell === undefined) throw new Error(`The notebook has no cell ${cellId}.`);
  cell.source = `setTimeout(() => process.kill(process.pid, "SIGKILL"), ${milliseconds});\n${cell.source}`;
}

/** Runs the notebook with a kernel that is killed. */
export async function runNotebookKilled(folder: string, kill: Kill): Promise<Run> {
  const path = join(folder, notebookName);
  const source = await readFile(path, "utf8");
  const notebook = await readNotebook(path);
  killIn(notebook, kill);
  await writeNotebook(path, notebook);
  const run = await runNotebook(folder);
  await writeFile(path, source);
  return run;
}

/** Runs some sections alone, in a kernel of their own, as somebody does who comes back the next day. */
export async function runSections(folder: string, numbers: readonly number[], kill?: Kill): Promise<NotebookRun> {
  const notebook = await readNotebook(join(folder, notebookName));
  const cells = numbers.flatMap((number) => {
    const { start, end } = sectionCalled(notebook, String(number));
    return notebook.cells.slice(start, end);
  });
  const sections = { ...notebook, cells: cells.filter(({ id }) => id !== "summary") };
  if (kill !== undefined) killIn(sections, kill);
  return runCells(sections, { cwd: folder, env: { PATH: process.env.PATH, HOME: folder } });
}

/** What a run found out, from the summary it ends with: the same after every run from the same state. */
export function findingsOf({ printed }: Run): string[] {
  return printed.match(/^(Data|Result|Hacking) .*$/gm)?.slice(-3) ?? [];
}

/** The code cells of a notebook. */
export async function codeCells(file: string): Promise<CodeCell[]> {
  return (await readNotebook(file)).cells.filter((cell) => cell.cell_type === "code");
}

/** The files below a folder that contain a text, without those of `except`. */
export async function filesContaining(folder: string, text: string, except: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !except.includes(entry.name) && (await readFile(path)).includes(text)) found.push(path);
  }
  return found;
}
