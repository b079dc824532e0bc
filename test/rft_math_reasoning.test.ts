import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { expect, onTestFinished, test } from "vitest";
import { startEmulator } from "../dist/emulator/emulator.js";
import { type CodeCell, readNotebook } from "../dist/notebook/notebook.js";
import { textOfOutputs } from "../dist/notebook/outputs.js";

const project = join(__dirname, "..");
const notebookName = "rft_math_reasoning.ipynb";

/** A copy of what a clone holds once it is built, so that the run finds and leaves no state in this one. */
async function freshProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cookbook-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of ["dist", "lib", "training_data/sample", "test/grader/cases.jsonl", "package.json", notebookName])
    await cp(join(project, name), join(folder, name), { recursive: true });
  await symlink(join(project, "node_modules"), join(folder, "node_modules"));
  return folder;
}

interface Run {
  exitCode: number | null;
  printed: string;
}

/** What `npm start` runs, without any Azure setting of this machine. */
async function runNotebook(folder: string): Promise<Run> {
  const env = { PATH: process.env.PATH, HOME: folder };
  const child = spawn(process.execPath, ["dist/cli/run-notebook.js"], { cwd: folder, env });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode, printed };
}

async function codeCells(file: string): Promise<CodeCell[]> {
  return (await readNotebook(file)).cells.filter((cell) => cell.cell_type === "code");
}

/** The numbers that a pattern finds in the summary at the end of a run. */
function numbersIn(printed: string, pattern: RegExp): number[] {
  return (printed.match(pattern) ?? []).slice(1).map(Number);
}

test("the notebook runs whole, offline, and really learns; a second run finds the job again", async () => {
  const folder = await freshProject();
  const source = await readFile(join(folder, notebookName), "utf8");

  const first = await runNotebook(folder);
  expect(first.exitCode, first.printed).toBe(0);
  const [lowestGain] = numbersIn(first.printed, /95 % interval \+?(-?[\d.]+) to/);
  expect(lowestGain).toBeGreaterThan(0);
  const hacking = numbersIn(first.printed, /Hacking +reward ([\d.]+) to ([\d.]+), accuracy ([\d.]+) to ([\d.]+)/);
  const [paidBefore, paidAfter, rightBefore, rightAfter] = hacking as [number, number, number, number];
  expect(paidAfter).toBeGreaterThan(paidBefore + 0.3);
  expect(rightAfter).toBeLessThan(rightBefore / 2);
  expect(first.printed).toMatch(/cases graded here and by the service, 0 rewards differ/);
  expect(first.printed).toMatch(/problems that stand in both files: 0/);

  expect(await readFile(join(folder, notebookName), "utf8")).toBe(source);
  const executed = await codeCells(join(folder, "out", notebookName));
  expect(executed.map(({ execution_count }) => execution_count)).toEqual(executed.map((_, index) => index + 1));
  expect(executed.filter(({ outputs }) => outputs.some((output) => output.output_type === "error"))).toEqual([]);
  expect(await readFile(join(folder, "out", "rft_math_reasoning.html"), "utf8")).toContain("<!doctype html>");

  const [jobId] = first.printed.match(/ftjob-[0-9a-f]{32}/) ?? [];
  const second = await runNotebook(folder);
  expect(second.exitCode, second.printed).toBe(0);
  expect(second.printed).toContain(`Found job ${jobId} of `);
  expect(second.printed).not.toMatch(/Created job|uploaded training/);
}, 900_000);

test("with Azure configured and no consent to pay, the run ends well before the first paid step", async () => {
  const folder = await freshProject();
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
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  await writeFile(join(folder, ".env"), lines.join("\n"));

  const { exitCode, printed } = await runNotebook(folder);
  expect(exitCode, printed).toBe(0);
  expect(printed).toContain("AZURE: real jobs cost real money");
  expect(printed).toMatch(/The run ends early: Training costs money on Azure/);
  const openai = new OpenAI({ baseURL: emulator.baseUrl, apiKey: emulator.apiKey });
  expect((await openai.fineTuning.jobs.list()).data).toEqual([]);
  const executed = await codeCells(join(folder, "out", notebookName));
  expect(executed.map(({ outputs }) => textOfOutputs(outputs)).join("\n")).not.toContain(emulator.apiKey);
}, 300_000);
