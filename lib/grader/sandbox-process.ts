/**
 * One locked process for one grader, seen from the parent.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { ConfigurationError } from "../util/errors.js";
import type { Answer, Batch, Ready } from "./sandbox-child.js";
import { type SnapshotUse, useSnapshot } from "./sandbox-snapshot.js";

/**
 * What one call returned, and how long the function ran once it had its arguments: by the clock, and on the
 * processor with all the threads of its process. `value` is what JSON can carry.
 */
export type CallOutcome =
  | { ok: true; value: unknown; milliseconds: number; cpuMilliseconds: number }
  | { ok: false; kind: "exception" | "timeout" | "crash"; message: string; milliseconds: number };

/** What became of a batch: if the process is gone, not every call has an outcome. */
export interface BatchReport {
  received: CallOutcome[];
  loaded: boolean;
  /** Why the process is gone, as the outcome of the call that it was at. */
  failure?: CallOutcome;
}

/** One source, and the calls to make of it. */
export type Calls = Pick<Batch, "source" | "functionName" | "argumentLists">;
type Failure = { kind: "timeout" | "crash"; message: string };

/** Pyodide loads in 2 to 3 s; a loaded machine may need many times that. */
const startLimitMilliseconds = 120_000;

/** Bytes that Python may allocate; beyond, it raises MemoryError. */
const memoryLimit = 1_000_000_000;

/** Bytes that a process may take altogether, which JavaScript could pass; the service allows 2 GB. */
const residentLimit = 2_000_000_000;

/** A single child process: it serves one batch at a time and is thrown away after its first failure. */
export class SandboxProcess {
  readonly #child: ChildProcess;
  readonly #pipes: { input: Writable; errors: Readable; answers: Readable };
  /** Settles once Python is loaded; rejects with a `ConfigurationError` if it cannot be. */
  readonly #ready: Promise<void>;
  #ended = false;
  #onLine: (line: string) => void = () => {};
  #onEnd: () => void = () => {};
  /** The last line the process wrote to its standard error. */
  #lastError = "";

  /**
   * Starts the process. It does not keep the parent alive while it has nothing to do, and it ends with the
   * parent.
   */
  constructor() {
    const snapshot = useSnapshot();
    this.#child = spawnLocked(snapshot);
    const [input, , errors, answers] = this.#child.stdio as unknown as [Writable, null, Readable, Readable];
    this.#pipes = { input, errors, answers };
    answers.setEncoding("utf8").on(
      "data",
      linesTo((line) => this.#onLine(line)),
    );
    errors.setEncoding("utf8").on("data", (text: string) => {
      this.#lastError = text.trim().split("\n").at(-1)?.slice(0, 500) ?? "";
    });
    input.on("error", () => {});
    this.#child.on("error", (error) => {
      this.#lastError = error.message;
      this.#onEnd();
    });
    this.#child.on("close", () => {
      this.#ended = true;
      this.#onEnd();
    });
    this.#ready = this.#waitUntilReady(snapshot);
    // Whoever runs a batch is told.
    this.#ready.catch(() => {});
    this.#keepParentAlive(false);
  }

  /** Whether it takes no further batch. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Runs a batch, each call for `timeLimit` milliseconds at most; settles when every outcome is in or the
   * process is gone. Throws a `ConfigurationError` if Python does not start.
   */
  async run(calls: Calls, timeLimit: number): Promise<BatchReport> {
    this.#keepParentAlive(true);
    const watch = setInterval(() => this.#checkMemory(), 250);
    try {
      await this.#ready;
      return await this.#exchange({ ...calls, timeLimit, id: randomUUID() });
    } finally {
      clearInterval(watch);
      this.#keepParentAlive(false);
    }
  }

  /** Ends the process at once; a batch still running fails. */
  end(): void {
    this.#ended = true;
    this.#child.kill("SIGKILL");
  }

  #exchange(batch: Batch): Promise<BatchReport> {
    return new Promise((resolve) => {
      const report: BatchReport = { received: [], loaded: false };
      let start = performance.now();
      const finish = (failure?: Failure): void => {
        clearTimeout(timer);
        this.#onLine = () => {};
        this.#onEnd = () => {};
        if (failure) {
          this.end();
          report.failure = { ok: false, ...failure, milliseconds: performance.now() - start };
        }
        resolve(report);
      };
      const timeout: Failure = {
        kind: "timeout",
        message: `The call took longer than ${batch.timeLimit / 1000} s and was stopped.`,
      };
      const timer = setTimeout(() => {
        const startOfCall = start;
        // If this thread itself was busy, the outcome may already wait in the pipe: read it first.
        setImmediate(() => {
          if (start === startOfCall && report.failure === undefined) finish(timeout);
        });
      }, batch.timeLimit);
      this.#onLine = (line) => {
        const answer = answerIn(line, batch.id, report.received.length);
        if (answer === undefined) return finish(this.#crash("It wrote something that is no answer."));
        timer.refresh();
        start = performance.now();
        if (answer.kind !== "outcome") {
          if (answer.kind === "timeout") return finish(timeout);
          if (answer.kind === "crash") return finish(this.#crash(answer.message));
          report.loaded = true;
          return;
        }
        report.received.push(answer.outcome);
        if (answer.spent) this.end();
        if (answer.spent || report.received.length === batch.argumentLists.length) finish();
      };
      this.#onEnd = () => {
        finish(this.#crash(this.#lastError));
      };
      if (this.#ended) return this.#onEnd();
      this.#pipes.input.write(`${JSON.stringify(batch)}\n`);
    });
  }

  #crash(reason: string): Failure {
    return { kind: "crash", message: `The Python process ended unexpectedly. ${reason}`.trim() };
  }

  #waitUntilReady(snapshot: SnapshotUse): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => {
        clearTimeout(timer);
        this.#onEnd = () => {};
        this.end();
        snapshot.settle(0);
        reject(
          new ConfigurationError(
            `The Python sandbox could not start: ${reason} Run "npm install" again and check the Node version (>= 20.19).`,
          ),
        );
      };
      const timer = setTimeout(() => fail("no answer for two minutes."), startLimitMilliseconds).unref();
      this.#onEnd = () => fail(`its process ended. ${this.#lastError}`);
      this.#onLine = (line) => {
        clearTimeout(timer);
        this.#onEnd = () => {};
        snapshot.settle((JSON.parse(line) as Ready).snapshot);
        resolve();
      };
    });
  }

  /** Linux tells how much memory a process takes; elsewhere only Python's own limit holds. */
  #checkMemory(): void {
    if (process.platform !== "linux") return;
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, "latin1");
      const kilobytes = Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0);
      if (kilobytes * 1024 <= residentLimit) return;
      this.#lastError = `It took more than ${residentLimit / 1e9} GB of memory.`;
      this.end();
    } catch {
      // The process has just ended, which is reported by itself.
    }
  }

  #keepParentAlive(alive: boolean): void {
    const { input, errors, answers } = this.#pipes;
    for (const handle of [this.#child, ...[input, errors, answers].map(asSocket)]) {
      alive ? handle.ref() : handle.unref();
    }
  }
}

/** The pipes of a child process are sockets, which the types do not say. */
function asSocket(stream: Readable | Writable): Socket {
  return stream as Socket;
}

/** The child's lock, as far as it is made of flags; `sandbox-child.ts` says what each layer is for. */
function spawnLocked(snapshot: SnapshotUse): ChildProcess {
  const pyodideFolder = dirname(require.resolve("pyodide/package.json"));
  const script = join(__dirname, "sandbox-child.js");
  const has = (flag: string): boolean => process.allowedNodeEnvironmentFlags.has(flag);
  const flags = [
    "--no-warnings",
    // Newer versions of Node refuse the network and the inspector with it as well.
    has("--permission") ? "--permission" : "--experimental-permission",
    `--allow-fs-read=${pyodideFolder}`,
    `--allow-fs-read=${script}`,
    `--allow-fs-read=${join(__dirname, "sandbox-realm.js")}`,
    "--disallow-code-generation-from-strings",
    "--frozen-intrinsics",
    "--unhandled-rejections=none",
    // SQLite reads and writes files past the permissions.
    ...(has("--experimental-sqlite") ? ["--no-experimental-sqlite"] : []),
  ];
  return spawn(process.execPath, [...flags, script, pyodideFolder, String(memoryLimit), snapshot.argument], {
    env: {},
    stdio: ["pipe", "ignore", "pipe", "pipe", snapshot.descriptor],
  });
}

function linesTo(onLine: (line: string) => void): (chunk: string) => void {
  const pieces: string[] = [];
  return (chunk) => {
    const [first = "", ...others] = chunk.split("\n");
    pieces.push(first);
    for (const piece of others) {
      onLine(pieces.join(""));
      pieces.splice(0, pieces.length, piece);
    }
  };
}

type ReadAnswer = Exclude<Answer, { kind: "outcome" }> | { kind: "outcome"; outcome: CallOutcome; spent: boolean };

/** The answer to the call `index` of the batch `id`; undefined if the line is none. */
function answerIn(line: string, id: string, index: number): ReadAnswer | undefined {
  try {
    const answer = JSON.parse(line) as Answer;
    if (answer.id !== id) return undefined;
    if (answer.kind !== "outcome") return answer;
    const { milliseconds, cpuMilliseconds, spent } = answer;
    const said = JSON.parse(answer.outcome) as { ok: true; value: unknown } | { ok: false; message: string };
    if (answer.index !== index || typeof said.ok !== "boolean") return undefined;
    const outcome: CallOutcome = said.ok
      ? { ok: true, value: said.value ?? null, milliseconds, cpuMilliseconds }
      : { ok: false, kind: "exception", message: String(said.message), milliseconds };
    return { kind: "outcome", outcome, spent };
  } catch {
    return undefined;
  }
}
