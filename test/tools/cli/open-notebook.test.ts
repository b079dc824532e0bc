import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { projectRoot } from "../../../dist/util/assets.js";
import { temporaryFolder } from "../notebook/notebooks.js";

const run = promisify(execFile);
const command = join(projectRoot, "dist/tools/cli/open-notebook.js");

/** Runs the command where only the programs in `folder` are found, and where kernels belong into it. */
function openNotebook(folder: string, ...options: string[]): Promise<{ stdout: string }> {
  return run(process.execPath, [command, ...options], { env: { PATH: folder, JUPYTER_DATA_DIR: folder } });
}

async function addProgram(folder: string, name: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\necho "${name} $@"\n`, { mode: 0o755 });
}

test("opens the notebook in the Jupyter that is found, JupyterLab first, and passes options on", async () => {
  const folder = await temporaryFolder();
  const notebook = join(projectRoot, "rft_math_reasoning.ipynb");
  await addProgram(folder, "jupyter-notebook");
  expect((await openNotebook(folder)).stdout).toContain(`\njupyter-notebook ${notebook}\n`);
  await addProgram(folder, "jupyter-lab");
  expect((await openNotebook(folder, "--port", "9999")).stdout).toContain(`\njupyter-lab ${notebook} --port 9999\n`);
});

test("installs the kernel and says how to get a Jupyter where none is found", async () => {
  const folder = await temporaryFolder();
  const failure = await openNotebook(folder).catch((error: { code: number; stderr: string }) => error);
  expect(failure).toMatchObject({ code: 2, stderr: expect.stringMatching(/^No Jupyter is found[\s\S]*pipx install/) });
  expect(JSON.parse(await readFile(join(folder, "kernels/tslab/kernel.json"), "utf8")).language).toBe("typescript");
});
