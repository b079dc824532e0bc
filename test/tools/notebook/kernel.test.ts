import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Kernel, type OutputMessage, startKernel } from "../../../dist/tools/notebook/kernel.js";
import { isRunning, temporaryFolder } from "./notebooks.js";

const run = async (kernel: Kernel, code: string, onOutput: () => void = () => {}) => {
  const messages: OutputMessage[] = [];
  const reply = await kernel.execute(code, (message) => {
    messages.push(message);
    onOutput();
  });
  const text = messages.map(({ type, content }) => (type === "stream" ? content.text : "")).join("");
  return { reply, messages, text };
};

let temporary: string;
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), "notebook-test-"));
  vi.stubEnv("TMPDIR", temporary);
});
afterAll(() => rm(temporary, { recursive: true }));

describe("a kernel", () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await startKernel({ cwd: __dirname, env: { GREETING: "hello" } });
  });
  afterAll(() => kernel.shutdown());

  test("keeps its state from cell to cell", async () => {
    await run(kernel, "let x: number = 20;");
    expect((await run(kernel, "x += 1; console.log(2 * x);")).text).toBe("42\n");
  });

  test("counts its executions", async () => {
    const before = (await run(kernel, "1;")).reply.execution_count ?? 0;
    expect((await run(kernel, "2;")).reply).toEqual({ status: "ok", execution_count: before + 1 });
  });

  test("runs in the folder and with the environment that it was given", async () => {
    const { text } = await run(kernel, "console.log(process.cwd(), process.env.GREETING);");
    expect(text).toBe(`${__dirname} hello\n`);
  });

  test("passes displays and their updates on", async () => {
    const { messages } = await run(
      kernel,
      `
      const progress = require("tslab").newDisplay();
      progress.text("one");
      progress.text("two");`,
    );
    expect(messages.map(({ type }) => type)).toEqual(["display_data", "update_display_data"]);
  });

  test("loses nothing of a long print, nor of its order", async () => {
    const { text } = await run(kernel, "for (let i = 0; i < 5000; i++) console.log(i);");
    expect(text).toBe(Array.from({ length: 5000 }, (_, i) => `${i}\n`).join(""));
  });

  test("goes on when files that it imports from appear or change, in a cell or while none runs", async () => {
    const folder = await temporaryFolder();
    const dependency = join(folder, "node_modules", "dependency");
    await mkdir(dependency, { recursive: true });
    await writeFile(join(folder, "first.json"), "1");
    const files = { "index.d.ts": "export const a: number;", "index.js": "exports.a = 1;", "package.json": "{}" };
    for (const [name, text] of Object.entries(files)) await writeFile(join(dependency, name), text);
    const kernel = await startKernel({ cwd: folder });
    await run(kernel, 'import first from "./first.json"; import { a } from "dependency";');
    await run(
      kernel,
      `import { watch, writeFileSync } from "node:fs";
      await new Promise<void>((seen) => {
        const watcher = watch(".", () => { watcher.close(); seen(); });
        writeFileSync("manifest.json", "{}");
      });`,
    );
    let printed = "";
    await kernel.execute(
      `console.log(first + 1);
      const touched = watch("node_modules/dependency/package.json", () => { touched.close(); console.log("touched"); });`,
      ({ type, content }) => {
        if (type === "stream") printed += content.text;
      },
    );
    for (const name of Object.keys(files)) await utimes(join(dependency, name), 1, 1);
    await vi.waitFor(() => expect(printed).toBe("2\ntouched\n"), 60_000);
    expect((await run(kernel, "console.log(a + 1);")).text).toBe("2\n");
    await kernel.shutdown();
  });

  test("says when a cell throws", async () => {
    const thrown = await run(kernel, 'throw new Error("no such luck");');
    expect(thrown.reply.status).toBe("error");
    expect(thrown.text).toContain("Error: no such luck");
  });

  test("leaves no file with its key behind once it runs", async () => {
    expect(await readdir(temporary)).toEqual([]);
  });

  test("ends an awaiting cell when it is interrupted, and goes on with the next", async () => {
    const waiting = await run(kernel, 'console.log("waits"); await new Promise(() => {});', () => kernel.interrupt());
    expect(waiting.reply.status).toBe("error");
    expect((await run(kernel, 'console.log("goes on");')).text).toBe("goes on\n");
  });
});

describe("a kernel that ends", () => {
  test("by itself rejects the cell that ran, with the exit code", async () => {
    const kernel = await startKernel({ cwd: __dirname });
    await expect(kernel.execute("process.exit(7);", () => {})).rejects.toThrow("The kernel ended (exit code 7).");
    await kernel.shutdown();
  });

  test("on request leaves no process, whatever its cells still have under way", async () => {
    const kernel = await startKernel({ cwd: __dirname });
    await run(kernel, "setInterval(() => {}, 1000); require('net').createServer().listen(0, '127.0.0.1');");
    await kernel.shutdown();
    expect(isRunning(kernel.pid ?? 0)).toBe(false);
  });
});

test("a kernel that cannot start says why", async () => {
  await expect(startKernel({ cwd: "/nowhere/at/all" })).rejects.toThrow(/The kernel ended/);
});
