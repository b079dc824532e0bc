import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { lockFolder } from "../../../dist/emulator/state/folder-lock.js";
import type { Cell } from "../../../dist/tools/notebook/notebook.js";
import {
  codeCell,
  isRunning,
  markdownCell,
  notebookOf,
  smallNotebook,
  temporaryFolder,
} from "../notebook/notebooks.js";

interface Started {
  child: ChildProcess;
  folder: string;
  /** All that was printed so far. */
  printed(): string;
  exitCode: Promise<number | null>;
}

const start = (...options: string[]): Promise<Started> => startIn({}, ...options);

const startWith = async (env: NodeJS.ProcessEnv, ...sources: string[]): Promise<Started> =>
  startIn(env, "--notebook", await fileOf(...sources.map((source) => codeCell(source))));

async function startIn(env: NodeJS.ProcessEnv, ...options: string[]): Promise<Started> {
  const folder = await temporaryFolder();
  const command = join(__dirname, "../../../dist/tools/cli/run-notebook.js");
  const child = spawn(process.execPath, [command, "--out", folder, ...options], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
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
  return start("--notebook", await fileOf(...sources.map((source) => codeCell(source))));
}

/** A notebook's file in a folder of its own. */
async function fileOf(...cells: Cell[]): Promise<string> {
  const file = join(await temporaryFolder(), "test.ipynb");
  await writeFile(file, JSON.stringify(notebookOf(...cells)));
  return file;
}

/** Waits for a cell to print `pid 123` and returns the number. */
async function kernelOf({ printed }: Started): Promise<number> {
  await vi.waitFor(() => expect(printed()).toMatch(/^pid \d+$/m), 60_000);
  return Number(printed().match(/^pid (\d+)$/m)?.[1]);
}

const waits = 'console.log("pid", process.pid);\nawait new Promise((done) => setTimeout(done, 600_000));';

describe("npm start", () => {
  test("runs the notebook, writes it and its page, and prints the summary once", async () => {
    const before = await readFile(smallNotebook, "utf8");
    const { exitCode, folder, printed } = await start("--notebook", smallNotebook);
    expect(await exitCode).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(["small.html", "small.ipynb"]);
    expect(await readFile(join(folder, "small.html"), "utf8")).toContain("all steps done");
    expect(printed()).toMatch(/\n\[2\] State · let count = 40;\n/);
    expect(printed()).toMatch(/small\.ipynb and .*small\.html\nTotal time: \d+\.\d s\n$/);
    expect(printed().match(/The count is 42\./g)).toHaveLength(1);
    expect(await readFile(smallNotebook, "utf8")).toBe(before);
  });

  test("is refused while another run writes to the same folder, and leaves what is there", async () => {
    const first = await startCells(waits);
    await kernelOf(first);
    await writeFile(join(first.folder, "small.html"), "before");
    const second = await start("--notebook", smallNotebook, "--out", first.folder);
    expect(await second.exitCode).toBe(2);
    expect(second.printed()).toBe(
      `The folder ${first.folder} is in use by the process ${first.child.pid}. Stop it, or give --out another folder; ` +
        `if that process is another program, delete ${first.folder}/lock.\n`,
    );
    expect((await readdir(first.folder)).sort()).toEqual(["lock", "small.html"]);
    expect(await readFile(join(first.folder, "small.html"), "utf8")).toBe("before");
    first.child.kill("SIGINT");
    expect(await first.exitCode).toBe(130);
    expect(await readdir(first.folder)).not.toContain("lock");
  });

  test("writes nothing that holds a secret setting, and names the setting", async () => {
    const { exitCode, folder, printed } = await startCells('console.log("S3CRET".toLowerCase() + "-value");');
    expect(await exitCode).toBe(0);
    expect((await readdir(folder)).length).toBe(2);
    const again = await startWith(
      { AZURE_OPENAI_KEY: "s3cret-value" },
      'console.log("S3CRET".toLowerCase() + "-value");',
    );
    expect(await again.exitCode).toBe(2);
    expect(again.printed()).toContain("The outputs hold the value of AZURE_OPENAI_KEY, so they are not written.");
    expect(await readdir(again.folder)).toEqual([]);
    expect(printed()).not.toContain("The outputs hold");
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
    const errors = JSON.stringify(join(__dirname, "../../../dist/util/errors.js"));
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

  test("stops after a section, and leaves nothing of an earlier run in the cells after it", async () => {
    const stale: Cell = { ...codeCell('console.log("two");'), cell_type: "code", execution_count: 7, outputs: [] };
    stale.outputs = [{ output_type: "stream", name: "stdout", text: "stale" }];
    const one = codeCell('console.log("one");');
    const file = await fileOf(markdownCell("## 1. First"), one, markdownCell("## 2. Second"), stale);
    const { exitCode, folder, printed } = await start("--notebook", file, "--until", "1");
    expect(await exitCode).toBe(0);
    expect(printed()).toContain("Stopped after section 1, First, as asked.\n");
    expect(printed()).not.toContain("two");
    expect(await readFile(join(folder, "test.ipynb"), "utf8")).not.toContain("stale");
  });

  test("ends with code 2 where there is no such section, and names those there are", async () => {
    const { exitCode, printed } = await start("--notebook", await fileOf(markdownCell("## 1. First")), "--until", "9");
    expect(await exitCode).toBe(2);
    expect(printed()).toMatch(/There is no section 9\. There are:\n {2}1\. First\n$/);
  });

  test("links the prepared files from the page", async () => {
    const file = await fileOf(codeCell("1;"));
    await writeFile(join(file, "..", "training.jsonl"), "");
    const { exitCode, folder } = await start("--notebook", file);
    expect(await exitCode).toBe(0);
    const page = await readFile(join(folder, "test.html"), "utf8");
    expect(page).toContain('<a href="test.ipynb">test.ipynb</a>');
    expect(page).toMatch(/<a href="\.\.\/notebook-test-[^"]*\/training\.jsonl">training\.jsonl<\/a>/);
  });
});

describe("npm start -- --reset", () => {
  /** A project in which something ran before. */
  async function used(): Promise<{ file: string; state: string; left: () => Promise<string[]> }> {
    const file = await fileOf(codeCell('console.log("ran");'));
    const folder = join(file, "..");
    const state = join(folder, "state");
    await mkdir(state);
    await mkdir(join(folder, "out"));
    await Promise.all(["training.jsonl", "notes.md"].map((name) => writeFile(join(folder, name), "")));
    vi.stubEnv("EMULATOR_STATE_DIR", state);
    onTestFinished(() => void vi.unstubAllEnvs());
    return { file, state, left: async () => (await readdir(folder)).sort() };
  }

  test("forgets the local state, and only that, then runs", async () => {
    const { file, left } = await used();
    const { exitCode, printed } = await start("--notebook", file, "--reset", "--yes");
    expect(await exitCode, printed()).toBe(0);
    expect(printed()).toMatch(/^Deleted: .*training\.jsonl, .*out, .*state\n[\s\S]*\nran\n/);
    expect(await left()).toEqual(["notes.md", "test.ipynb"]);
  });

  test("refuses where nobody can be asked", async () => {
    const { file, left } = await used();
    const { exitCode, printed } = await start("--notebook", file, "--reset");
    expect(await exitCode).toBe(2);
    expect(printed()).toMatch(/^This would delete .*training\.jsonl.* add --yes/);
    expect(await left()).toEqual(["notes.md", "out", "state", "test.ipynb", "training.jsonl"]);
  });

  test("refuses while a process uses the state, and deletes nothing", async () => {
    const { file, state, left } = await used();
    await lockFolder(state);
    const { exitCode, printed } = await start("--notebook", file, "--reset", "--yes");
    expect(await exitCode).toBe(2);
    expect(printed()).toContain(`in use by the process ${process.pid}`);
    expect(await left()).toContain("training.jsonl");
  });

  test("refuses to delete a folder that holds the project", async () => {
    const { file } = await used();
    vi.stubEnv("EMULATOR_STATE_DIR", join(__dirname, "../../.."));
    const { exitCode, printed } = await start("--notebook", file, "--reset", "--yes");
    expect(await exitCode).toBe(2);
    expect(printed()).toContain("holds this project; it is not deleted");
  });
});
