/** A Jupyter server for the tests, with our kernel and nothing of this machine's user. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { installKernelspec } from "../../dist/tools/notebook/kernelspec.js";
import { findProgram } from "../../dist/tools/notebook/programs.js";

export interface Jupyter {
  /** Where a notebook in the served folder is opened. */
  addressOf(notebook: string): string;
  /** Does to the server what a terminal does that is closed, and waits for the server's end. */
  hangUp(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Serves a folder, or notebooks given by name and content, with the classic Notebook. Throws where it is
 * not installed, naming Debian's package.
 */
export async function startJupyter(
  notebooks: string | Record<string, string>,
  settings: NodeJS.ProcessEnv = {},
): Promise<Jupyter> {
  const program = await findProgram(["jupyter-notebook"]);
  if (program === undefined) throw new Error("No Jupyter is found. On Debian: apt install jupyter-notebook");
  const home = await mkdtemp(join(tmpdir(), "jupyter-test-"));
  const served = typeof notebooks === "string" ? notebooks : join(home, "served");
  if (typeof notebooks !== "string") {
    await mkdir(served);
    for (const [name, content] of Object.entries(notebooks)) await writeFile(join(served, name), content);
  }
  await installKernelspec(join(home, "data"));
  const port = await freePort();
  const options = [
    "--no-browser",
    "--ip=127.0.0.1",
    `--port=${port}`,
    "--port-retries=0",
    "--allow-root",
    "--NotebookApp.token=test",
  ];
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    JUPYTER_DATA_DIR: join(home, "data"),
    JUPYTER_CONFIG_DIR: join(home, "config"),
    JUPYTER_RUNTIME_DIR: join(home, "runtime"),
    ...settings,
  };
  const server = spawn(program, [...options, `--notebook-dir=${served}`], { env, stdio: ["ignore", "ignore", "pipe"] });
  let printed = "";
  await new Promise<void>((ready, fail) => {
    server.stderr.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      if (printed.includes(`http://127.0.0.1:${port}/`)) {
        ready();
      }
    });
    server.once("close", () => fail(new Error(`Jupyter does not start: ${printed}`)));
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const closed = once(server, "close");
    server.kill(signal);
    await closed;
  };
  return {
    hangUp: () => end("SIGHUP"),
    addressOf: (notebook) => `http://127.0.0.1:${port}/notebooks/${notebook}?token=test`,
    async stop() {
      if (server.exitCode === null && server.signalCode === null) await end("SIGTERM");
      await rm(home, { recursive: true });
    },
  };
}

/** What the page of the classic Notebook has for scripts, as far as the tests use it. */
export interface NotebookPage {
  Jupyter?: { notebook: { kernel?: NotebookKernel; execute_cells(indices: number[]): void } };
}

interface NotebookKernel {
  /** Empty until the kernel has answered for the first time. */
  info_reply: { protocol_version?: string };
  execute(code: string, callbacks: object, options: object): void;
}

/** Waits for the kernel's first answer: a cell that is sent earlier is lost, also while the kernel looks idle. */
export async function waitForKernel(page: Page): Promise<void> {
  await page.waitForFunction(
    () => (globalThis as unknown as NotebookPage).Jupyter?.notebook.kernel?.info_reply.protocol_version,
    undefined,
    { timeout: 90_000 },
  );
}

/** Runs the first cell as its shortcut does, wherever the focus is. */
export async function runFirstCell(page: Page): Promise<void> {
  await page.evaluate(() => (globalThis as unknown as NotebookPage).Jupyter?.notebook.execute_cells([0]));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
