/** The stop button of a real Jupyter in a watch cell, and the end of Jupyter while that cell runs. */
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { connect } from "../../dist/connect/connect.js";
import { loadSettings } from "../../dist/connect/settings.js";
import { uploadFile } from "../../dist/job/files.js";
import { submitJob } from "../../dist/job/submit.js";
import { notebookText } from "../../dist/tools/notebook/notebook.js";
import { projectRoot } from "../../dist/util/assets.js";
import { quickRecipe, writeProblems } from "../job/service.js";
import { codeCell, isRunning, notebookOf } from "../tools/notebook/notebooks.js";
import { openPage } from "./chromium.js";
import { runFirstCell, startJupyter, waitForKernel } from "./jupyter.js";

const kernelspec = { name: "tslab", display_name: "TypeScript", language: "typescript" };

test("the stop button leaves kernel and emulator alive, the cell goes on when run again, and both end with Jupyter", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lifecycle-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const state = join(folder, "state");
  const connection = await connect(loadSettings({ EMULATOR_STATE_DIR: state }));
  const recipe = await quickRecipe({ connection, folder, close: connection.close });
  const long = await uploadFile(connection, await writeProblems(folder, "long.jsonl", 100, 200));
  const { job } = await submitJob(connection, {
    ...recipe,
    trainingFile: long.id,
    hyperparameters: { ...recipe.hyperparameters, n_epochs: 50 },
  });
  const emulator = Number.parseInt(readdirSync(join(state, "lock"))[0] as string, 10);

  const watching = `
import { connect, watchJob } from ${JSON.stringify(join(projectRoot, "lib"))};
const connection = await connect();
console.log("kernel", process.pid);
await watchJob(connection, "${job.id}", { onUpdate: ({ job }) => console.log(job.status) });`.trim();
  const notebook = notebookText({ ...notebookOf(codeCell(watching)), metadata: { kernelspec } });
  const jupyter = await startJupyter({ "watch.ipynb": notebook }, { EMULATOR_STATE_DIR: state });
  onTestFinished(() => jupyter.stop());
  const { page } = await openPage();
  await page.goto(jupyter.addressOf("watch.ipynb"));
  await waitForKernel(page);
  const output = page.locator(".output");

  const kernels: string[] = [];
  for (const _ of ["first", "again"]) {
    await runFirstCell(page);
    await output.getByText("running").first().waitFor({ timeout: 90_000 });
    kernels.push((await output.textContent())?.match(/kernel (\d+)/)?.[1] ?? "");
    await page.locator("button[data-jupyter-action='jupyter-notebook:interrupt-kernel']").click();
    await output.getByText(`The watching has stopped; the job ${job.id} goes on.`).waitFor({ timeout: 30_000 });
    expect(await output.textContent()).not.toMatch(/\n +at /);
    // Until its reply has come, whatever is sent counts as queued behind the failed cell, and is dropped.
    await page.locator(".code_cell:not(.running)").waitFor();
    await page.locator(".kernel_idle_icon").waitFor();
  }
  expect(kernels[0]).toMatch(/\d/);
  expect(kernels[1]).toBe(kernels[0]);

  await runFirstCell(page);
  await output.getByText("running").first().waitFor({ timeout: 90_000 });
  await connection.close();
  expect(isRunning(emulator)).toBe(true);
  await jupyter.hangUp();
  await vi.waitFor(() => expect([Number(kernels[0]), emulator].map(isRunning)).toEqual([false, false]), 60_000);
}, 300_000);
