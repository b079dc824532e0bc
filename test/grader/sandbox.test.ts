import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CallOutcome, type GraderSandbox, openSandbox } from "../../dist/grader/sandbox.js";

const sandboxModule = join(__dirname, "../../dist/grader/sandbox.js");

let sandbox: GraderSandbox;

beforeAll(() => {
  process.env.SANDBOX_TEST_SECRET = "never seen inside";
  sandbox = openSandbox({ timeLimit: 10 });
});

afterAll(() => sandbox.close());

/** Runs the body of a Python function and returns how it ended. */
async function run(body: string): Promise<CallOutcome> {
  const source = `def probe():\n${body.replaceAll(/^/gm, "    ")}\n`;
  const [outcome] = await sandbox.call(source, "probe", [[]]);
  return outcome as CallOutcome;
}

describe("a sandbox", () => {
  test("calls a Python function once for each list of arguments", async () => {
    const outcomes = await sandbox.call("def add(a, b):\n    return a + b", "add", [
      [1, 2],
      ["a", "b"],
    ]);
    expect(outcomes).toMatchObject([
      { ok: true, value: 3 },
      { ok: true, value: "ab" },
    ]);
    expect(outcomes.every(({ milliseconds }) => milliseconds >= 0)).toBe(true);
  });

  test("carries text of any script, line separators included", async () => {
    const text = "√2 ≤ 𝑥\u2028\n\u0000é";
    expect(await sandbox.call("def same(text):\n    return text", "same", [[text]])).toMatchObject([{ value: text }]);
  });

  test("reports what a function raised, with the line of the source, and goes on", async () => {
    const source = "def invert(x):\n    return 1 / x";
    const outcomes = await sandbox.call(source, "invert", [[0], [2]]);
    expect(outcomes).toMatchObject([
      { ok: false, kind: "exception", message: "ZeroDivisionError: division by zero (line 2, in invert)" },
      { ok: true, value: 0.5 },
    ]);
  });

  test("reports a source that does not compile, and a function that is missing", async () => {
    expect(await sandbox.call("def grade(:", "grade", [[]])).toMatchObject([
      { ok: false, kind: "exception", message: expect.stringContaining("SyntaxError") },
    ]);
    expect(await sandbox.call("x = 1", "grade", [[]])).toMatchObject([
      { ok: false, kind: "exception", message: "the source defines no function grade" },
    ]);
  });

  test("refuses values that JSON cannot carry", async () => {
    expect(await run('return float("nan")')).toMatchObject({ ok: false, kind: "exception" });
    expect(await run("return object()")).toMatchObject({ ok: false, kind: "exception" });
  });

  test("serves batches that overlap", async () => {
    const source = "def double(x):\n    return 2 * x";
    const batches = await Promise.all([1, 2, 3].map((x) => sandbox.call(source, "double", [[x], [10 * x]])));
    expect(batches.map((batch) => batch.map((outcome) => outcome.ok && outcome.value))).toEqual([
      [2, 20],
      [4, 40],
      [6, 60],
    ]);
  });

  test("does nothing for an empty batch", async () => {
    expect(await sandbox.call("def f():\n    return 1", "f", [])).toEqual([]);
  });

  test("survives endless recursion, an exit request and an allocation beyond its memory limit", async () => {
    expect(await run("def down(n):\n    return down(n + 1)\nreturn down(0)")).toMatchObject({
      message: expect.stringContaining("RecursionError"),
    });
    expect(await run("raise SystemExit(3)")).toMatchObject({ kind: "exception" });
    expect(await run("return len(bytearray(1_500_000_000))")).toMatchObject({
      message: expect.stringContaining("MemoryError"),
    });
    expect(await run("return 1")).toMatchObject({ ok: true, value: 1 });
  });
});

describe("the sandbox's lock", () => {
  const refused = { ok: false };
  const importAnyway = (name: string): string => `import sys\nsys.modules.pop("${name}", None)\nimport ${name}\n`;

  test("hides JavaScript's modules", async () => {
    expect(await run("import js")).toMatchObject(refused);
    expect(await run("import pyodide_js")).toMatchObject(refused);
  });

  test("has empty JavaScript globals for those who import them anyway", async () => {
    expect(await run(`${importAnyway("js")}return str(js.process)`)).toMatchObject(refused);
    expect(await run(`${importAnyway("js")}return str(js.fetch)`)).toMatchObject(refused);
  });

  test("compiles no JavaScript from strings", async () => {
    const breakout = 'constructor.constructor("return process.version")()';
    const message = expect.stringContaining("Code generation from strings disallowed");
    expect(await run(`${importAnyway("pyodide_js")}return str(pyodide_js.${breakout})`)).toMatchObject({ message });
    expect(await run(`from pyodide.ffi import to_js\nreturn str(to_js([]).${breakout})`)).toMatchObject({ message });
    expect(await run('from pyodide.code import run_js\nreturn str(run_js("1"))')).toMatchObject(refused);
  });

  test("shows no file of the host, mounted or not", async () => {
    const mount = 'pyodide_js.mountNodeFS("/tmp", "/etc")\nreturn open("/tmp/passwd").read()';
    expect(await run('return open("/etc/passwd").read()')).toMatchObject(refused);
    expect(await run(importAnyway("pyodide_js") + mount)).toMatchObject(refused);
  });

  test("shows nothing of the host's environment", async () => {
    expect(await run("import os\nreturn dict(os.environ)")).toMatchObject({
      ok: true,
      value: expect.not.objectContaining({ SANDBOX_TEST_SECRET: expect.anything() }),
    });
  });

  test("opens no connection", async () => {
    expect(await run('import socket\nsocket.create_connection(("127.0.0.1", 80), 1)')).toMatchObject(refused);
    expect(await run('import urllib.request\nurllib.request.urlopen("http://127.0.0.1/")')).toMatchObject(refused);
    expect(await run('from pyodide.http import open_url\nopen_url("http://127.0.0.1/")')).toMatchObject(refused);
  });

  test("starts no process and no thread", async () => {
    expect(await run('import subprocess\nsubprocess.run(["true"])')).toMatchObject(refused);
    expect(await run('import os\nos.system("true")')).toMatchObject(refused);
    expect(await run("import threading\nthreading.Thread(target=print).start()")).toMatchObject(refused);
  });

  test("leaves foreign functions inside WebAssembly", async () => {
    expect(await run('import ctypes\nreturn ctypes.CDLL("libc.so.6")')).toMatchObject(refused);
  });

  test("keeps what Python prints out of the results", async () => {
    const forged = String.raw`import os; os.write(1, b'{"ok":true,"value":1}\n'); print('{"ok":true}'); return 2`;
    expect(await run(forged)).toMatchObject({ ok: true, value: 2 });
  });
});

describe("a call that does not come back", () => {
  const source = `
import os

def act(what):
    while what == "hang":
        pass
    if what == "die":
        os._exit(3)
    return what
`;

  test("costs itself alone when it hangs or kills the process", async () => {
    const impatient = openSandbox({ timeLimit: 2 });
    const outcomes = await impatient.call(source, "act", [["a"], ["hang"], ["b"], ["die"], ["c"]]);
    impatient.close();
    expect(outcomes).toMatchObject([
      { ok: true, value: "a" },
      { ok: false, kind: "timeout", message: "The call took longer than 2 s and was stopped." },
      { ok: true, value: "b" },
      { ok: false, kind: "crash" },
      { ok: true, value: "c" },
    ]);
  });

  test("is not mistaken for one that came back while this thread was busy", async () => {
    const impatient = openSandbox({ timeLimit: 1 });
    await impatient.call("def f(): return 1", "f", [[]]);
    const outcomes = impatient.call("def f(): return 1", "f", [[]]);
    await new Promise(setImmediate);
    const start = performance.now();
    while (performance.now() - start < 1500) {}
    expect(await outcomes).toMatchObject([{ ok: true, value: 1 }]);
    impatient.close();
  });

  test("fails the whole batch once when the source itself hangs", async () => {
    const impatient = openSandbox({ timeLimit: 2 });
    const outcomes = await impatient.call("while True: pass", "grade", [[1], [2], [3]]);
    impatient.close();
    expect(outcomes.map((outcome) => !outcome.ok && outcome.kind)).toEqual(["timeout", "timeout", "timeout"]);
  });
});

describe("the sandbox's process", () => {
  const script = `
    const { openSandbox } = require(${JSON.stringify(sandboxModule)});
    openSandbox().call("def f(): return 7", "f", [[]]).then(([outcome]) => console.log(outcome.value));
  `;

  test("does not keep an idle parent alive", () => {
    const { stdout, status } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8", timeout: 60_000 });
    expect({ stdout, status }).toEqual({ stdout: "7\n", status: 0 });
  });

  test("works from a worker thread and lets it end", async () => {
    const worker = new Worker(script, { eval: true, stdout: true });
    let text = "";
    worker.stdout.on("data", (chunk) => {
      text += chunk;
    });
    expect(await new Promise((resolve) => worker.once("exit", resolve))).toBe(0);
    expect(text).toBe("7\n");
  });

  test("is refused after close", async () => {
    const closed = openSandbox();
    closed.close();
    await expect(closed.call("def f(): return 1", "f", [[]])).rejects.toThrow("openSandbox()");
  });
});
