/**
 * The program of a grader's process: Pyodide (Python compiled to WebAssembly) in a realm of its own, and
 * the only code that talks to the parent.
 *
 * WebAssembly alone is no boundary, because Python can walk from any JavaScript object to everything that
 * is reachable from it. The boundary is made of three layers, and README.md beside this file says what each
 * holds on which version of Node:
 * - The realm (`sandbox-realm.ts`) has no object of Node: no `process`, no stream, no `require`, no function
 *   that was made here. Python may do in it what it likes. Only strings and numbers cross, and they are
 *   checked here, by functions of this realm.
 * - This realm keeps no way to a module once Python is loaded, its intrinsics are frozen, and strings are
 *   never compiled.
 * - The process, as `sandbox-process.ts` starts it, has an empty environment, and Node permits it to read
 *   Pyodide's folder and its own two scripts.
 *
 * The process never comes back to its event loop: it reads, runs and answers one batch after the other, and
 * ends when its input ends. A call that does not come back is ended by a thread of Node's (`timeout` of
 * `node:vm`), because the parent that would stop it may be gone.
 *
 * Arguments: Pyodide's folder, the memory limit in bytes, and what descriptor 4 is: "make" for an empty
 * file that takes a snapshot of Python once it is loaded, a number of bytes for one to start from, "none"
 * for no file. In, on stdin: one `Batch` a line. Out, on descriptor 3: `Ready` once Python is loaded, and
 * for each batch one `Answer` a line.
 * @module
 */
import { closeSync, readFileSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";
import { createRealm, type Realm } from "./sandbox-realm.js";

/** One line of input: call `functionName` of `source` once for each list of arguments. */
export interface Batch {
  /** Repeated in every answer; nobody else knows it. */
  id: string;
  source: string;
  functionName: string;
  argumentLists: unknown[][];
  /** Milliseconds that loading the source or one call may take. */
  timeLimit: number;
}

/**
 * One line of output: first that the source is loaded, then one for each call, in order; a timeout or a
 * crash is the last.
 */
export type Answer = { id: string } & (
  | { kind: "loaded" | "timeout" }
  | { kind: "crash"; message: string }
  | {
      kind: "outcome";
      index: number;
      milliseconds: number;
      cpuMilliseconds: number;
      /** What Python said of the call: JSON that the grader may have tampered with. */
      outcome: string;
      /** Whether the process should end, so that the next call has memory. */
      spent: boolean;
    }
);

const answerFile = 3;
const snapshotFile = 4;

/** A grader returns a number, an explanation some text; what is longer would only cost the parent time. */
const maxOutcomeLength = 1_000_000;

/** The first line of output. */
export interface Ready {
  /** Bytes of the snapshot that was made. */
  snapshot: number;
}

/**
 * Runs inside Pyodide. Nothing here raises: what went wrong is kept or returned as text, so that only a
 * crash throws in JavaScript.
 */
const bootstrap = `
import json, sys, traceback

for name in [name for name in sys.modules if name.split(".")[0] in ("js", "pyodide_js")]:
    del sys.modules[name]

namespaces = {}
current = None
arguments = None


def load(source):
    global current
    if source not in namespaces:
        namespaces[source] = namespace = {"__name__": "grader"}
        try:
            exec(compile(source, "<grader>", "exec"), namespace)
        except BaseException as error:
            namespaces[source] = describe(error)
    current = namespaces[source]


def receive(text):
    global arguments
    try:
        arguments = json.loads(text)
    except BaseException as error:
        arguments = describe(error)


def call(name):
    try:
        for problem in (current, arguments):
            if isinstance(problem, str):
                return json.dumps({"ok": False, "message": problem})
        if not callable(current.get(name)):
            return json.dumps({"ok": False, "message": f"the source defines no function {name}"})
        return json.dumps({"ok": True, "value": current[name](*arguments)}, allow_nan=False)
    except BaseException as error:
        return json.dumps({"ok": False, "message": describe(error)})


def describe(error):
    summary = "".join(traceback.format_exception_only(type(error), error)).strip()[-2000:]
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<grader>"]
    return f"{summary} (line {frames[-1].lineno}, in {frames[-1].name})" if frames else summary
`;

declare const WebAssembly: { Memory: { prototype: object } };

const getterOf = (owner: object, name: string): (() => unknown) =>
  Object.getOwnPropertyDescriptor(owner, name)?.get as () => unknown;
const buffer = getterOf(WebAssembly.Memory.prototype, "buffer");
const byteLength = getterOf(ArrayBuffer.prototype, "byteLength");

/** Node watches over evaluations, not over calls: the evaluated script calls the turn. */
const watched = globalThis as { turn?: () => void };
const watchedTurn = new Script("turn()");

/** Loads Pyodide into a realm without host objects. Throws if Python does not start. */
function openRealm(pyodideFolder: string, memoryLimit: number, snapshot: string): Realm {
  const { realm, evaluate } = createRealm(memoryLimit);
  const text = (name: string): string => readFileSync(join(pyodideFolder, name), "utf8");
  for (const name of ["pyodide.asm.wasm", "python_stdlib.zip"]) {
    const bytes = readFileSync(join(pyodideFolder, name));
    bytes.copy(realm.addFile(name, bytes.length));
  }
  if (Number(snapshot) > 0) readSnapshot(realm.addFile("snapshot", Number(snapshot)));
  for (const name of ["pyodide.asm.mjs", "pyodide.js"]) evaluate(asPlainScript(text(name)), name);
  realm.start(text("pyodide-lock.json"), bootstrap, snapshot === "make");
  evaluate("0", "jobs of loading");
  const failure = realm.failure();
  if (failure !== "") throw new Error(failure);
  return realm;
}

/** All processes that start from the file share its position: each read names its own. */
function readSnapshot(bytes: Uint8Array): void {
  for (let at = 0, read = 1; at < bytes.length && read > 0; at += read)
    read = readSync(snapshotFile, bytes, at, bytes.length - at, at);
  closeSync(snapshotFile);
}

/**
 * Returns its length in bytes, 0 where the disk has no room for it: the next processes start without. No grader
 * has run yet, and the process keeps no way to change it later.
 */
function writeSnapshot(bytes: Uint8Array): number {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(snapshotFile, bytes, at);
    return bytes.length;
  } catch {
    return 0;
  } finally {
    closeSync(snapshotFile);
  }
}

/** A module's code as a script that imports nothing: `import()` would reject with an error of this realm. */
function asPlainScript(code: string): string {
  return code
    .replaceAll(/\bimport\s*\(/g, "refuseImport(")
    .replaceAll("import.meta.url", '""')
    .replace(/\bexport default \w+;\s*$/, "");
}

/** Takes away what leads from an object of this realm to a module of Node's, or to another process. */
function removeModules(): void {
  const Module = require("node:module") as { prototype: object };
  const ways = [
    ...["binding", "_linkedBinding", "dlopen", "getBuiltinModule", "mainModule", "kill", "_kill", "_debugProcess"],
    ...["_load", "createRequire", "_extensions", "require", "_compile"],
  ];
  for (const owner of [process, Module, Module.prototype])
    for (const name of ways)
      if (name in owner) Object.defineProperty(owner, name, { value: undefined, configurable: false });
}

/** Runs `turn`; false if it took longer than `limit` milliseconds. If it fails, the process ends. */
function runWatched(turn: () => void, limit: number): boolean {
  watched.turn = turn;
  const start = performance.now();
  try {
    watchedTurn.runInThisContext({ timeout: limit, displayErrors: false });
    return true;
  } catch {
    // What was thrown may come from the realm: it is not looked at.
    if (performance.now() - start < limit) process.exit(1);
    return false;
  }
}

/** Bytes of a WebAssembly memory, by getters that the realm cannot have changed. */
function byteLengthOf(memory: object): number {
  return Number(byteLength.call(buffer.call(memory)));
}

function run(realm: Realm, memoryLimit: number, { id, source, functionName, argumentLists, timeLimit }: Batch): void {
  let index = -1;
  // One watch a second, since each costs a thread; the last call of a turn has all its time.
  const turn = (): void => {
    const end = performance.now() + 1000;
    if (index === -1) {
      realm.load(source);
      send({ id, kind: "loaded" });
      index = 0;
    }
    for (; index < argumentLists.length && performance.now() < end; index++) {
      realm.receive(JSON.stringify(argumentLists[index]));
      const start = performance.now();
      const startOfCpu = process.cpuUsage();
      const outcome = checkedOutcome(id, realm.call(functionName));
      const { user, system } = process.cpuUsage(startOfCpu);
      const milliseconds = performance.now() - start;
      const spent = byteLengthOf(realm.memory()) > memoryLimit / 2;
      const cpuMilliseconds = (user + system) / 1000;
      send({ id, kind: "outcome", index, milliseconds, cpuMilliseconds, outcome, spent });
    }
  };
  while (index < argumentLists.length) {
    if (!runWatched(turn, timeLimit + 1500)) {
      send({ id, kind: "timeout" });
      process.exit(1);
    }
  }
}

function checkedOutcome(id: string, outcome: unknown): string {
  if (typeof outcome !== "string") process.exit(1);
  if (outcome.startsWith("!")) {
    send({ id, kind: "crash", message: outcome.slice(1, 500) });
    process.exit(1);
  }
  if (outcome.length <= maxOutcomeLength) return outcome;
  const message = `The value takes ${outcome.length} characters as JSON; ${maxOutcomeLength} are allowed.`;
  return JSON.stringify({ ok: false, message });
}

function send(message: Answer | Ready): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let written = 0; written < bytes.length; ) written += writeSync(answerFile, bytes, written);
}

/** The lines of stdin as they come. A batch may be many megabytes long: its pieces are joined once. */
function* inputLines(): Generator<string> {
  const chunk = Buffer.alloc(65_536);
  let pieces: Buffer[] = [];
  for (let length = readInput(chunk); length > 0; length = readInput(chunk)) {
    let start = 0;
    for (let end = chunk.indexOf(10, start); end !== -1 && end < length; end = chunk.indexOf(10, start)) {
      yield Buffer.concat([...pieces, chunk.subarray(start, end)]).toString("utf8");
      pieces = [];
      start = end + 1;
    }
    if (start < length) pieces.push(Buffer.from(chunk.subarray(start, length)));
  }
}

/** 0 at the end, which Windows reports as an error. */
function readInput(chunk: Buffer): number {
  try {
    return readSync(0, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EOF") return 0;
    throw error;
  }
}

function main([pyodideFolder = "", limit, snapshot = "none"]: string[]): void {
  // The interrupt of a terminal or of Jupyter goes to the parent's whole group, but it is for the parent
  // alone. SIGUSR1 would open the inspector.
  for (const signal of ["SIGINT", "SIGUSR1"]) process.on(signal, () => {});
  const memoryLimit = Number(limit);
  const realm = openRealm(pyodideFolder, memoryLimit, snapshot);
  const made = realm.snapshot();
  removeModules();
  send({ snapshot: made === undefined ? 0 : writeSnapshot(made) });
  for (const line of inputLines()) run(realm, memoryLimit, JSON.parse(line) as Batch);
}

try {
  main(process.argv.slice(2));
  process.exit(0);
} catch (error) {
  console.error(String(error));
  process.exit(1);
}
