import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { codeCell, isRunning, notebookOf, smallNotebook, temporaryFolder } from "../notebook/notebooks.js";

interface Started {
  child: ChildProcess;
  folder: string;
  /** All that was printed so far. */
  printed(): string;
  exitCode: Promise<number | null>;
}

async function start(...options: string[]): Promise<Started> {
  const folder = await temporaryFolder();
  const command = join(__dirname, "../../dist/cli/run-notebook.js");
  const child = spawn(process.execPath, [command, "--out", folder, ...options], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
  }
  const exitCode = once(child, "close").then(([code]) => code as number | null);
  return { child, folder, printed: () => text, exitCode };
}

async function startCells(...sources: string[]): Promise<Started> {
  const file = join(await temporaryFolder(), "test.ipynb");
  await writeFile(file, JSON.stringify(notebookOf(...sources.map((source) => codeCell(source)))));
  return start("--notebook", file);
}

/** Waits for a cell to print `pid 123` and returns the number. */
async function kernelOf({ printed }: Started): Promise<number> {
  await vi.waitFor(() => expect(printed()).toMatch(/^pid \d+$/m), 60_000);
  return Number(printed().match(/^pid (\d+)$/m)?.[1]);
}

const waits = 'console.log("pid", process.pid);\nawait new Promise((done) => setTimeout(done, 600_000));';

describe("npm start", () => {
  test("runs the notebook, writes it and its page, and repeats the summary", async () => {
    const before = await readFile(smallNotebook, "utf8");
    const { exitCode, folder, printed } = await start("--notebook", smallNotebook);
    expect(await exitCode).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(["small.html", "small.ipynb"]);
    expect(await readFile(join(folder, "small.html"), "utf8")).toContain("all steps done");
    expect(printed()).toMatch(/\n\[2\] State · let count = 40;\n/);
    expect(printed()).toMatch(/small\.ipynb and .*small\.html\nThe count is 42\.\nTotal time: \d+\.\d s\n$/);
    expect(await readFile(smallNotebook, "utf8")).toBe(before);
  });

  test("ends with code 1 where a cell fails, names it, and still writes what there is", async () => {
    const { exitCode, folder, printed } = await startCells(
      "const a = 1;",
      'await a;\nthrow new Error("no luck");',
      "a",
    );
    expect(await exitCode).toBe(1);
    expect(printed()).toMatch(/Cell \[2\] failed \(cell 2 of the notebook\): await a;\nError: no luck\n/);
    expect(await readFile(join(folder, "test.html"), "utf8")).toContain("Error: no luck");
  });

  test("ends with code 0 where the run ends early", async () => {
    const errors = JSON.stringify(join(__dirname, "../../dist/errors.js"));
    const { exitCode, printed } = await startCells(
      `const { RunEndsHere } = require(${errors});`,
      'throw new RunEndsHere("Sign in first.");',
      "a b",
    );
    expect(await exitCode).toBe(0);
    expect(printed()).toContain("The run ends early: Sign in first.\n");
  });

  test("ends with code 2 where there is no such notebook", async () => {
    const { exitCode, printed } = await start("--notebook", "/nowhere/a.ipynb");
    expect(await exitCode).toBe(2);
    expect(printed()).toContain("Cannot read the notebook /nowhere/a.ipynb");
  });

  test("ends with code 130 when it is interrupted, writes what there is, and leaves no kernel", async () => {
    const started = await startCells(waits);
    const kernel = await kernelOf(started);
    started.child.kill("SIGINT");
    expect(await started.exitCode).toBe(130);
    expect(isRunning(kernel)).toBe(false);
    expect(await readdir(started.folder)).toHaveLength(2);
  });

  test("leaves no kernel even when it is killed", async () => {
    const started = await startCells(waits);
    const kernel = await kernelOf(started);
    started.child.kill("SIGKILL");
    await vi.waitFor(() => expect(isRunning(kernel)).toBe(false), 60_000);
  });
});
