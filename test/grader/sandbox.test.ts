import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
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

/** Runs the body of a Python function, all in one process, and returns how it ended. */
async function run(body: string): Promise<CallOutcome> {
  const source = `def probe():\n${body.replaceAll(/^/gm, "    ")}\n`;
  const [outcome] = await sandbox.call(source, "probe", [[]], "probes");
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

describe("graders of a sandbox", () => {
  const count = "calls = 0\ndef count():\n    global calls\n    calls += 1\n    return calls";

  test("have a process each, which they keep from call to call", async () => {
    const other = `${count} # another text`;
    const values: unknown[] = [];
    for (const source of [count, other, count]) {
      const [outcome] = await sandbox.call(source, "count", [[]]);
      values.push(outcome?.ok && outcome.value);
    }
    expect(values).toEqual([1, 1, 2]);
  });

  test("share one where they have the same owner", async () => {
    const leave = "import json\ndef leave():\n    json.left = 7";
    const find = "import json\ndef find():\n    return getattr(json, 'left', None)";
    await sandbox.call(leave, "leave", [[]], "an author");
    expect(await sandbox.call(find, "find", [[]], "an author")).toMatchObject([{ value: 7 }]);
    expect(await sandbox.call(find, "find", [[]], "another author")).toMatchObject([{ value: null }]);
  });

  test("are served in full where there are more at once than processes", async () => {
    const sources = Array.from({ length: 5 }, (_, i) => `def number(): return ${i}`);
    const outcomes = await Promise.all(sources.map((source) => sandbox.call(source, "number", [[]])));
    expect(outcomes.map(([outcome]) => outcome?.ok && outcome.value)).toEqual([0, 1, 2, 3, 4]);
  });

  test("start their next call with memory, whatever the last one kept", async () => {
    const hoard = `
kept = []
def take(megabytes):
    try:
        while megabytes > 0:
            kept.append(bytearray(10_000_000))
            megabytes -= 10
    except MemoryError:
        pass
    return sum(map(len, kept)) // 1_000_000`;
    const lenient = openSandbox({ timeLimit: 60 });
    const outcomes = await lenient.call(hoard, "take", [[2000], [10], [10]]);
    lenient.close();
    const values = outcomes.map((outcome) => Number(outcome.ok && outcome.value));
    expect(values[0]).toBeGreaterThan(500);
    expect(values.slice(1)).toEqual([10, 20]);
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
    const strict = openSandbox({ timeLimit: 2 });
    const outcomes = await strict.call(source, "act", [["a"], ["hang"], ["b"], ["die"], ["c"]]);
    strict.close();
    expect(outcomes).toMatchObject([
      { ok: true, value: "a" },
      { ok: false, kind: "timeout", message: "The call took longer than 2 s and was stopped." },
      { ok: true, value: "b" },
      { ok: false, kind: "crash" },
      { ok: true, value: "c" },
    ]);
  });

  test("is not mistaken for one that came back while this thread was busy", async () => {
    const strict = openSandbox({ timeLimit: 1 });
    await strict.call("def f(): return 1", "f", [[]]);
    const outcomes = strict.call("def f(): return 1", "f", [[]]);
    await new Promise(setImmediate);
    const start = performance.now();
    while (performance.now() - start < 1500) {}
    expect(await outcomes).toMatchObject([{ ok: true, value: 1 }]);
    strict.close();
  });

  test("fails the whole batch once when the source itself hangs", async () => {
    const strict = openSandbox({ timeLimit: 2 });
    const outcomes = await strict.call("while True: pass", "grade", [[1], [2], [3]]);
    strict.close();
    expect(outcomes.map((outcome) => !outcome.ok && outcome.kind)).toEqual(["timeout", "timeout", "timeout"]);
  });
});

/** The lines that a program prints which has `openSandbox` and runs in a process group of its own. */
async function linesOf(code: string): Promise<string[]> {
  const program = `const { openSandbox } = require(${JSON.stringify(sandboxModule)});${code}`;
  const parent = spawn(process.execPath, ["-e", program], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  for await (const line of createInterface({ input: parent.stdout })) lines.push(line);
  return lines;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

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

  test("outlives an interrupt that goes to its parent's whole group", async () => {
    const lines = await linesOf(`
      const interrupted = new Promise((resolve) => process.once("SIGINT", resolve));
      const alive = setInterval(() => {}, 1000);
      const sandbox = openSandbox();
      const count = () => sandbox.call("calls = [0]\\ndef f():\\n    calls[0] += 1\\n    return calls[0]", "f", [[]]);
      count()
        .then(() => process.kill(-process.pid, "SIGINT"))
        .then(() => interrupted)
        .then(count)
        .then(([outcome]) => console.log(outcome.value))
        .finally(() => clearInterval(alive));`);
    expect(lines).toEqual(["2"]);
  });

  test("ends where its parent is gone, even in the middle of an endless call", async () => {
    const lines = await linesOf(`
      const call = (hangs) => sandbox.call("def f(hangs):\\n    while hangs: pass", "f", [[hangs]]);
      const sandbox = openSandbox({ timeLimit: 3 });
      call(false).then(() => {
        call(true);
        setTimeout(() => {
          for (const { pid } of process._getActiveHandles()) if (pid) console.log(pid);
          process.kill(process.pid, "SIGKILL");
        }, 500);
      });`);
    expect(lines.length).toBeGreaterThan(0);
    await expect.poll(() => lines.map(Number).filter(isRunning), { timeout: 100_000 }).toEqual([]);
  });

  test("has a parent that opens no debugger when somebody sends SIGUSR1", async () => {
    const lines = await linesOf(`
      openSandbox();
      process.kill(process.pid, "SIGUSR1");
      setTimeout(() => console.log(require("node:inspector").url()), 500);`);
    expect(lines).toEqual(["undefined"]);
  });

  test("is refused after close", async () => {
    const closed = openSandbox();
    closed.close();
    await expect(closed.call("def f(): return 1", "f", [[]])).rejects.toThrow("openSandbox()");
  });
});
