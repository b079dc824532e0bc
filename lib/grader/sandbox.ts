/**
 * Runs Python functions in a locked child process: the place where a grader's source runs on this machine.
 * @module
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { ConfigurationError } from "../util/errors.js";
import type { Batch } from "./sandbox-child.js";

/**
 * What one call returned, and how long the function ran once it had its arguments: by the clock, and on the
 * processor with all the threads of its process. `value` is what JSON can carry.
 */
export type CallOutcome =
  | { ok: true; value: unknown; milliseconds: number; cpuMilliseconds: number }
  | { ok: false; kind: "exception" | "timeout" | "crash"; message: string; milliseconds: number };

export interface SandboxOptions {
  /** Seconds that one call may take, 10 by default; the service allows 120. */
  timeLimit?: number;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** Bytes that Python may allocate; beyond, it raises MemoryError. The service allows 2 GB. */
const memoryLimit = 1_000_000_000;

/** Pyodide loads in 2 to 3 s; a loaded machine may need many times that. */
const startLimitMilliseconds = 120_000;

/** Prepares a sandbox; its process starts with the first call. */
export function openSandbox(options: SandboxOptions = {}): GraderSandbox {
  return new GraderSandbox(options);
}

/**
 * One locked process, started when first needed and again after a crash or a timeout. Batches queue up, so
 * calls may overlap. An idle sandbox does not keep the parent process alive, and its process ends with the
 * parent.
 */
export class GraderSandbox {
  readonly #timeLimit: number;
  #child: SandboxProcess | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor({ timeLimit = 10 }: SandboxOptions) {
    this.#timeLimit = timeLimit * 1000;
  }

  /**
   * Calls `functionName` of the Python `source` once for each list of arguments, in order; one outcome for
   * each. A call that times out or crashes costs that call alone: the remaining ones run in a fresh process.
   * Throws a `ConfigurationError` if the sandbox cannot start or is closed.
   */
  call(source: string, functionName: string, argumentLists: unknown[][]): Promise<CallOutcome[]> {
    const outcomes = this.#queue.then(() => this.#run({ source, functionName, argumentLists }));
    this.#queue = outcomes.catch(() => {});
    return outcomes;
  }

  /** Ends the process; a call still running fails. Safe to call twice. */
  close(): void {
    this.#closed = true;
    this.#child?.end();
    this.#child = undefined;
  }

  async #run(batch: Batch): Promise<CallOutcome[]> {
    const outcomes: CallOutcome[] = [];
    while (outcomes.length < batch.argumentLists.length) {
      const child = await this.#running();
      const rest = batch.argumentLists.slice(outcomes.length);
      const { received, loaded, failure } = await child.run({ ...batch, argumentLists: rest }, this.#timeLimit);
      outcomes.push(...received);
      if (failure !== undefined) {
        // A source that cannot even be loaded would fail every call the same way.
        const failed = loaded ? 1 : rest.length;
        outcomes.push(...Array.from({ length: failed }, () => failure));
      }
    }
    return outcomes;
  }

  async #running(): Promise<SandboxProcess> {
    if (this.#closed) throw new ConfigurationError("This grader sandbox is closed. Open a new one with openSandbox().");
    if (this.#child === undefined || this.#child.ended) this.#child = new SandboxProcess();
    await this.#child.ready;
    return this.#child;
  }
}

interface BatchReport {
  received: CallOutcome[];
  loaded: boolean;
  /** Why the process is gone. */
  failure?: CallOutcome;
}

/** A single child process: it serves one batch at a time and is thrown away after its first failure. */
class SandboxProcess {
  readonly #child: Child;
  /** Settles once Python is loaded; rejects with a `ConfigurationError` if it cannot be. */
  readonly ready: Promise<void>;
  ended = false;
  #onLine: (message: Record<string, unknown>) => void = () => {};
  #onEnd: () => void = () => {};
  /** The last line the process wrote to its standard error. */
  #lastError = "";

  constructor() {
    this.#child = spawnLocked();
    this.#child.stdout.setEncoding("utf8").on(
      "data",
      linesTo((line) => this.#onLine(JSON.parse(line))),
    );
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#lastError = text.trim().split("\n").at(-1) ?? "";
    });
    this.#child.stdin.on("error", () => {});
    this.#child.on("error", (error) => {
      this.#lastError = error.message;
      this.#onEnd();
    });
    this.#child.on("close", () => {
      this.ended = true;
      this.#onEnd();
    });
    this.ready = this.#waitUntilReady();
  }

  /** Runs a batch; settles when every outcome is in or the process has failed. */
  run(batch: Batch, timeLimit: number): Promise<BatchReport> {
    this.#keepParentAlive(true);
    return new Promise((resolve) => {
      const report: BatchReport = { received: [], loaded: false };
      let start = performance.now();
      const finish = (failure?: { kind: "timeout" | "crash"; message: string }): void => {
        clearTimeout(timer);
        this.#onLine = () => {};
        this.#onEnd = () => {};
        this.#keepParentAlive(false);
        if (failure) {
          this.end();
          report.failure = { ok: false, ...failure, milliseconds: performance.now() - start };
        }
        resolve(report);
      };
      const timer = setTimeout(() => {
        const startOfCall = start;
        // If this thread itself was busy, the outcome may already wait in the pipe: read it first.
        setImmediate(() => {
          if (start === startOfCall && report.failure === undefined) {
            finish({ kind: "timeout", message: `The call took longer than ${timeLimit / 1000} s and was stopped.` });
          }
        });
      }, timeLimit);
      this.#onLine = (message) => {
        timer.refresh();
        start = performance.now();
        if (message.loaded) {
          report.loaded = true;
          return;
        }
        report.received.push(outcomeOf(message));
        if (report.received.length === batch.argumentLists.length) {
          finish();
        }
      };
      this.#onEnd = () => {
        finish({ kind: "crash", message: `The Python process ended unexpectedly. ${this.#lastError}`.trim() });
      };
      this.#child.stdin.write(`${JSON.stringify(batch)}\n`);
    });
  }

  end(): void {
    this.ended = true;
    this.#child.kill("SIGKILL");
  }

  #waitUntilReady(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => {
        clearTimeout(timer);
        this.end();
        reject(
          new ConfigurationError(
            `The Python sandbox could not start: ${reason} Run "npm install" again and check the Node version (>= 20.19).`,
          ),
        );
      };
      const timer = setTimeout(() => fail("no answer for two minutes."), startLimitMilliseconds);
      this.#onEnd = () => fail(`its process ended. ${this.#lastError}`);
      this.#onLine = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #keepParentAlive(alive: boolean): void {
    for (const handle of [this.#child, ...[this.#child.stdin, this.#child.stdout, this.#child.stderr].map(asSocket)]) {
      alive ? handle.ref() : handle.unref();
    }
  }
}

/** The pipes of a child process are sockets, which the types do not say. */
function asSocket(stream: Readable | Writable): Socket {
  return stream as Socket;
}

function spawnLocked(): Child {
  const pyodideFolder = dirname(require.resolve("pyodide/package.json"));
  const script = join(__dirname, "sandbox-child.js");
  const permission = process.allowedNodeEnvironmentFlags.has("--permission")
    ? "--permission"
    : "--experimental-permission";
  const flags = [
    "--no-warnings",
    permission,
    `--allow-fs-read=${pyodideFolder}`,
    `--allow-fs-read=${script}`,
    "--disallow-code-generation-from-strings",
  ];
  return spawn(process.execPath, [...flags, script, pyodideFolder, String(memoryLimit)], {
    env: {},
    stdio: ["pipe", "pipe", "pipe"],
  });
}

function linesTo(onLine: (line: string) => void): (chunk: string) => void {
  let pending = "";
  return (chunk) => {
    const lines = (pending + chunk).split("\n");
    pending = lines.pop() ?? "";
    lines.forEach(onLine);
  };
}

function outcomeOf(message: Record<string, unknown>): CallOutcome {
  const milliseconds = Number(message.milliseconds);
  return message.ok
    ? { ok: true, value: message.value, milliseconds, cpuMilliseconds: Number(message.cpuMilliseconds) }
    : { ok: false, kind: "exception", message: String(message.message), milliseconds };
}
