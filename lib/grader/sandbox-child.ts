/**
 * The program inside the sandbox process: Pyodide (Python compiled to WebAssembly) behind a line protocol on
 * stdin and stdout.
 *
 * WebAssembly alone is no boundary, because Python can walk from any JavaScript object to the host. The
 * boundary is made of the flags and the empty environment that `sandbox.ts` starts this process with (no
 * files but Pyodide's own, no child processes, no workers, no `eval`), and of what is switched off here
 * before Pyodide loads: the network, which Node restricts by itself only from version 25 on, and memory above
 * the limit. This file may import nothing but Node's modules and Pyodide, because the process can read no
 * other file.
 *
 * Arguments: Pyodide's folder, the memory limit in bytes. The process ends when its input ends.
 * In: one batch a line. Out: `{"ready":true}` once; for each batch `{"loaded":true}` and then one outcome a
 * line.
 * @module
 */
import dgram from "node:dgram";
import dns from "node:dns";
import { constants, writeSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";

/** One line of input: call `functionName` of `source` once for each list of arguments. */
export interface Batch {
  source: string;
  functionName: string;
  argumentLists: unknown[][];
}

/**
 * Runs inside Pyodide. Nothing here raises: what went wrong is kept or returned as text, so that only a crash
 * throws in JavaScript.
 */
const bootstrap = `
import json, sys, traceback

modules = {}
current = None
arguments = None

for name in ("js", "pyodide_js"):
    sys.modules[name] = None


def load(source):
    global current
    if source not in modules:
        if len(modules) >= 16:
            modules.clear()
        modules[source] = namespace = {"__name__": "grader"}
        try:
            exec(compile(source, "<grader>", "exec"), namespace)
        except BaseException as error:
            modules[source] = describe(error)
    current = modules[source]


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

/** The part of WebAssembly used here, which Node's types leave to the DOM's. */
declare const WebAssembly: { Memory: { prototype: { buffer: ArrayBuffer; grow(pages: number): number } } };

const refuse = (): never => {
  throw new Error("The sandbox has no network");
};

function disableNetwork(): void {
  for (const name of ["fetch", "WebSocket", "EventSource"]) {
    Object.defineProperty(globalThis, name, { value: undefined });
  }
  net.Socket.prototype.connect = refuse;
  net.Server.prototype.listen = refuse;
  for (const owner of [
    dgram.Socket.prototype,
    dns,
    dns.promises,
    dns.Resolver.prototype,
    dns.promises.Resolver.prototype,
  ]) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      if (name !== "constructor" && typeof value === "function") {
        Object.defineProperty(owner, name, { value: refuse });
      }
    }
  }
}

/**
 * Emscripten grows its heap through this method alone; where it throws, the allocation fails and Python
 * raises MemoryError.
 */
function limitMemory(bytes: number): void {
  const pageBytes = 65_536;
  const grow = WebAssembly.Memory.prototype.grow;
  WebAssembly.Memory.prototype.grow = function (pages): number {
    if (this.buffer.byteLength + pages * pageBytes > bytes)
      throw new RangeError("The sandbox's memory limit is reached");
    return grow.call(this, pages);
  };
}

/** Pyodide asks `process.binding` for nothing but file constants, which the permission model would refuse. */
function replaceBinding(): void {
  Object.defineProperty(process, "binding", { value: () => ({ fs: constants }) });
}

function send(message: object): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(1, bytes, written);
  }
}

interface PythonSide {
  load: (source: string) => void;
  receive: (argumentsJson: string) => void;
  call: (name: string) => string;
}

function run({ load, receive, call }: PythonSide, batch: Batch): void {
  load(batch.source);
  send({ loaded: true });
  for (const argumentList of batch.argumentLists) {
    receive(JSON.stringify(argumentList));
    const start = performance.now();
    const startOfCpu = process.cpuUsage();
    const outcome = call(batch.functionName);
    const { user, system } = process.cpuUsage(startOfCpu);
    const milliseconds = performance.now() - start;
    send({ ...JSON.parse(outcome), milliseconds, cpuMilliseconds: (user + system) / 1000 });
  }
}

async function main([pyodideFolder = "", memoryLimit]: string[]): Promise<void> {
  disableNetwork();
  limitMemory(Number(memoryLimit));
  replaceBinding();
  const { loadPyodide } = require(join(pyodideFolder, "pyodide.js")) as typeof import("pyodide");
  const pyodide = await loadPyodide({
    indexURL: pyodideFolder,
    jsglobals: Object.freeze({}),
    stdout: () => {},
    stderr: () => {},
  });
  pyodide.runPython(bootstrap);
  const { globals } = pyodide;
  const python: PythonSide = { load: globals.get("load"), receive: globals.get("receive"), call: globals.get("call") };
  send({ ready: true });

  // A batch may be many megabytes long: its pieces are joined once, when its line ends.
  const pieces: string[] = [];
  process.stdin.setEncoding("utf8");
  for await (const chunk of process.stdin) {
    const [first = "", ...others] = (chunk as string).split("\n");
    pieces.push(first);
    for (const piece of others) {
      run(python, JSON.parse(pieces.join("")) as Batch);
      pieces.splice(0, pieces.length, piece);
    }
  }
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(String(error));
    process.exit(1);
  },
);
