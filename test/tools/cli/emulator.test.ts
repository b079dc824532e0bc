import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../../dist/util/assets.js";

const command = join(projectRoot, "dist/tools/cli/emulator.js");

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

interface Ready {
  base_url: string;
  project_endpoint: string;
  arm_endpoint: string;
  api_key: string;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "emulator-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("npm run emulator", () => {
  test("prints its addresses and its key as one line, and ends when its standard input ends", async () => {
    const { child, ready } = await start();
    expect(ready.arm_endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(ready.base_url).toBe(`${ready.arm_endpoint}/openai/v1/`);
    expect(ready.project_endpoint).toMatch(/\/api\/projects\/\w+$/);
    const client = new OpenAI({ baseURL: ready.base_url, apiKey: ready.api_key });
    expect((await client.files.list()).data).toEqual([]);
    child.stdin.end();
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  test("ends on SIGTERM, and leaves its folder free", async () => {
    for (const _ of [1, 2]) {
      const { child } = await start();
      child.kill("SIGTERM");
      expect(await once(child, "exit")).toEqual([0, null]);
    }
  });

  test("prints its key once, and writes it only into its lock, for its user alone", async () => {
    const { child, ready } = await start();
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
      });
    }
    const headers = { "api-key": ready.api_key, "content-type": "application/json" };
    for (const [path, init] of [
      ["files", {}],
      ["nothing", {}],
      ["chat/completions", { method: "POST", body: "{" }],
      ["responses", { method: "POST", body: JSON.stringify({ model: "none", input: "x" }) }],
      ["files", { method: "POST", body: "x" }],
    ] as const) {
      expect(await (await fetch(ready.base_url + path, { ...init, headers })).text()).not.toContain(ready.api_key);
    }
    const [[lock, ...others], modes] = await filesWith(ready.api_key);
    expect([basename(dirname(`${lock}`)), others, modes]).toEqual(["lock", [], [0o600]]);
    child.stdin.end();
    await once(child, "close");
    expect(printed).not.toContain(ready.api_key);
    expect(await filesWith(ready.api_key)).toEqual([[], []]);
  });

  test("starts again after it was killed", async () => {
    const { child } = await start();
    child.kill("SIGKILL");
    await once(child, "exit");
    const again = await start();
    again.child.stdin.end();
    expect(await once(again.child, "exit")).toEqual([0, null]);
  });

  test("makes calls go wrong as the fault plan in a file says", async () => {
    const file = join(folder, "faults.json");
    await writeFile(file, JSON.stringify([{ route: "GET /openai/v1/files", kind: "unavailable" }]));
    const { child, ready } = await start("--faults", file);
    expect((await fetch(`${ready.base_url}files`, { headers: { "api-key": ready.api_key } })).status).toBe(503);
    child.stdin.end();
    await once(child, "exit");
    await writeFile(file, "[{]");
    expect(await complaint("--faults", file)).toMatch(/fault plan .*faults\.json cannot be used/);
  });

  test("with --share, prints the line of the emulator that serves the folder, unless calls go wrong there", async () => {
    const { child, ready } = await start();
    const other = await start("--share");
    expect(other.ready).toEqual(ready);
    expect(await once(other.child, "exit")).toEqual([0, null]);
    const file = join(folder, "faults.json");
    await writeFile(file, JSON.stringify([{ route: "GET /openai/v1/files", kind: "unavailable" }]));
    expect(await complaint("--share", "--state", folder, "--faults", file)).toMatch(
      new RegExp(`another fault plan .*by the process ${child.pid}\\. Stop it, .*EMULATOR_STATE_DIR`),
    );
    child.stdin.end();
    await once(child, "exit");
  });

  test("says in one sentence why it cannot start", async () => {
    const { child } = await start();
    expect(await complaint("--state", folder)).toMatch(new RegExp(`in use by the process ${child.pid}\\.`));
    expect(await complaint("--port", "many")).toMatch(/^--port is "many"; give a whole number from 0 to 65535\.\n$/);
    child.stdin.end();
    await once(child, "exit");
  });
});

async function start(...options: string[]): Promise<{ child: Child; ready: Ready }> {
  const child = spawn(process.execPath, [command, "--state", folder, ...options], { stdio: ["pipe", "pipe", "pipe"] });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, ready: JSON.parse(line) as Ready };
}

/** The files of the state folder that contain a text, and who may do what with them. */
async function filesWith(text: string): Promise<[paths: string[], modes: number[]]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(paths.map((path) => readFile(path, "utf8")));
  const found = paths.filter((_, i) => contents[i]?.includes(text));
  return [found, (await Promise.all(found.map((path) => stat(path)))).map(({ mode }) => mode & 0o777)];
}

/** What the command prints before it gives up. */
async function complaint(...options: string[]): Promise<string> {
  const child = spawn(process.execPath, [command, ...options], { stdio: ["pipe", "ignore", "pipe"] });
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  expect(await once(child, "close")).toEqual([2, null]);
  expect(text).not.toMatch(/\n +at /);
  return text;
}
