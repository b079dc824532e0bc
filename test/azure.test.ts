/** The notebook with Azure in its settings, played by an emulator that no cell starts or stops. */
import OpenAI from "openai";
import { expect, test } from "vitest";
import type { Emulator } from "../dist/emulator/emulator.js";
import { configureAzure, filesContaining, freshProject, runNotebook, runSections } from "./cookbook.js";

async function jobsAndFiles(emulator: Emulator): Promise<{ jobs: string[]; files: string[] }> {
  const openai = new OpenAI({ baseURL: emulator.baseUrl, apiKey: emulator.apiKey });
  const jobs = (await openai.fineTuning.jobs.list()).data.map(({ id }) => id);
  const files = (await openai.files.list({ purpose: "fine-tune" })).data.map(({ filename }) => filename);
  return { jobs, files };
}

test("with Azure configured and no consent to pay, the run ends well before the first paid step", async () => {
  const folder = await freshProject();
  const emulator = await configureAzure(folder);

  const { exitCode, printed } = await runNotebook(folder);
  expect(exitCode, printed).toBe(0);
  expect(printed).toContain("AZURE: real jobs cost real money");
  expect(printed).toMatch(/The run ends early: Training costs money on Azure/);
  expect((await jobsAndFiles(emulator)).jobs).toEqual([]);
}, 300_000);

test("killed while it uploads and trains, the notebook goes on with one job, and writes its key nowhere", async () => {
  const folder = await freshProject();
  const emulator = await configureAzure(folder, { RUN_PAID_JOBS: "true" });
  for (const kill of [
    { cellId: "upload", milliseconds: 40 },
    { cellId: "watch-job", milliseconds: 2000 },
  ]) {
    const { failure } = await runSections(folder, [1, 2, 5, 6], kill);
    expect(failure?.error).toContain("The kernel ended (SIGKILL)");
  }
  const { failure, notebook } = await runSections(folder, [1, 2, 5]);
  expect(failure).toBeUndefined();
  const { jobs, files } = await jobsAndFiles(emulator);
  expect(jobs).toHaveLength(1);
  expect(files).toHaveLength(2);
  expect(new Set(files).size).toBe(2);

  const printed = JSON.stringify(notebook);
  expect(printed).toContain(`Found job ${jobs[0]}`);
  expect(printed).not.toContain(emulator.apiKey);
  expect(await filesContaining(folder, emulator.apiKey, [".env"])).toEqual([]);
}, 900_000);
