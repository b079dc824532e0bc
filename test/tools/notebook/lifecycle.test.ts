/**
 * The stop button, and the end of the program that started the kernel, as the kernel and its emulator
 * meet them.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { connect } from "../../../dist/connect/connect.js";
import { loadSettings } from "../../../dist/connect/settings.js";
import { submitJob } from "../../../dist/job/submit.js";
import { type Kernel, startKernel } from "../../../dist/tools/notebook/kernel.js";
import { projectRoot } from "../../../dist/util/assets.js";
import { quickRecipe } from "../../job/service.js";
import { isRunning, temporaryFolder } from "./notebooks.js";

const lib = JSON.stringify(join(projectRoot, "lib"));
const local = { AZURE_AI_PROJECT_ENDPOINT: "", AZURE_OPENAI_ENDPOINT: "" };

async function kernelOver(state: string): Promise<Kernel> {
  const kernel = await startKernel({ cwd: __dirname, env: { ...local, EMULATOR_STATE_DIR: state } });
  onTestFinished(() => kernel.shutdown());
  return kernel;
}

/** Runs a cell; `onText` hears all that it has printed so far. */
async function run(kernel: Kernel, code: string, onText: (text: string) => void = () => {}) {
  let text = "";
  const { status } = await kernel.execute(code, ({ type, content }) => {
    if (type !== "stream") return;
    text += content.text;
    onText(text);
  });
  return { status, text };
}

/** The process that serves a state folder, as its lock names it. */
function emulatorOf(state: string): number {
  return Number.parseInt(readdirSync(join(state, "lock"))[0] as string, 10);
}

describe("the stop button", () => {
  test("ends a watch cell with one line; kernel, emulator and job go on, and the cell run again as well", async () => {
    const folder = await temporaryFolder();
    const state = join(folder, "state");
    const kernel = await kernelOver(state);
    await run(kernel, `import { connect, watchJob } from ${lib};\nconst connection = await connect();`);
    const emulator = emulatorOf(state);

    const connection = await connect(loadSettings({ EMULATOR_STATE_DIR: state }));
    const recipe = await quickRecipe({ connection, folder, close: connection.close });
    const { job } = await submitJob(connection, {
      ...recipe,
      hyperparameters: { ...recipe.hyperparameters, n_epochs: 20 },
    });
    const watching = `const job = await watchJob(connection, "${job.id}", { onUpdate: ({ job }) => console.log(job.status) });`;
    let wasStopped = false;
    const stopped = await run(kernel, watching, (text) => {
      if (wasStopped || !text.includes("running")) return;
      wasStopped = true;
      kernel.interrupt();
    });
    expect(stopped.status).toBe("error");
    expect(stopped.text.replace(/^(\w+\n)+/, "")).toBe(
      `UserError: The watching has stopped; the job ${job.id} goes on. Run this cell again to go on watching it.\n`,
    );
    const again = await run(kernel, watching);
    expect(again).toEqual({ status: "ok", text: expect.stringMatching(/succeeded\n$/) });
    expect(emulatorOf(state)).toBe(emulator);
    await connection.close();
  });

  test.each([
    ["waits", 'console.log("waits"); await new Promise(() => {});'],
    ["computes", 'process.kill(process.pid, "SIGINT"); while (true) {}'],
  ])("ends a cell that %s with one line, as often as it is pressed", async (_, code) => {
    const kernel = await kernelOver(await temporaryFolder());
    for (const _ of [1, 2]) {
      const { status, text } = await run(kernel, code, (text) => text === "waits\n" && kernel.interrupt());
      expect(status).toBe("error");
      expect(text).toMatch(/^(waits\n)?Interrupted\. Run this cell again to go on\.\n$/);
    }
    expect(await run(kernel, 'console.log("lives");')).toEqual({ status: "ok", text: "lives\n" });
  });
});

test("the stop button in the middle of an import leaves nothing half loaded", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "slow.js");
  const stopOnce =
    'if (!global.wasStopped) { global.wasStopped = true; process.kill(process.pid, "SIGINT"); while (true); }';
  await writeFile(file, `${stopOnce}\nexports.value = 1;`);
  const kernel = await kernelOver(folder);
  const importing = `console.log(require(${JSON.stringify(file)}).value);`;
  expect((await run(kernel, importing)).status).toBe("error");
  expect(await run(kernel, importing)).toEqual({ status: "ok", text: "1\n" });
});

describe("the end of the program that started a kernel", () => {
  test.each([
    ["waits", "await new Promise(() => {});"],
    ["computes", "while (true) {}"],
  ])("ends a kernel that %s, and its emulator", async (_, code) => {
    const state = join(await temporaryFolder(), "state");
    const parent = `
      const { startKernel } = require(${JSON.stringify(join(projectRoot, "dist/tools/notebook/kernel.js"))});
      startKernel({ cwd: ${JSON.stringify(__dirname)} }).then(async (kernel) => {
        await kernel.execute('import { connect } from ${lib}; await connect();', () => {});
        console.log(kernel.pid);
        await kernel.execute(${JSON.stringify(code)}, () => {});
      });`;
    const env = { ...process.env, ...local, EMULATOR_STATE_DIR: state };
    const child = spawn(process.execPath, ["-e", parent], { env, stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    const processes = [Number(line), emulatorOf(state)];
    expect(processes.map(isRunning)).toEqual([true, true]);
    child.kill("SIGKILL");
    await vi.waitFor(() => expect(processes.map(isRunning)).toEqual([false, false]), 60_000);
  });
});

describe("tslab, mended", () => {
  test("knows the shorthand for names of earlier cells", async () => {
    const kernel = await kernelOver(await temporaryFolder());
    await run(kernel, "const grader = { weight: 1 };\nlet seed = 2;");
    const { text } = await run(kernel, "({ seed } = { seed: 5 }); console.log(JSON.stringify({ grader, seed }));");
    expect(text).toBe('{"grader":{"weight":1},"seed":5}\n');
    expect((await run(kernel, "const all = { grader, missing }; seed = '';")).text).toBe(
      "1:23 - Cannot find name 'missing'.\n1:34 - Type 'string' is not assignable to type 'number'.\n",
    );
  });

  test("runs a cell that follows the news of an error, and none that waited behind the error", async () => {
    const kernel = await kernelOver(await temporaryFolder());
    const both = await Promise.all([run(kernel, "await Promise.reject(1);"), run(kernel, 'console.log("behind");')]);
    expect(both.map(({ status }) => status)).toEqual(["error", "abort"]);
    expect(await run(kernel, 'console.log("runs");')).toEqual({ status: "ok", text: "runs\n" });
  });
});
