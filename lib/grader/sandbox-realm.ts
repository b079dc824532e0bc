/**
 * What a grader's process runs inside the realm that holds Pyodide: a JavaScript realm of its own, with the
 * language's intrinsics and nothing of Node.
 * @module
 */
import { createContext, Script } from "node:vm";

/** What the process calls in the realm. Nothing but strings and numbers crosses, in either direction. */
export interface Realm {
  /** A new array of the realm for the bytes of one of Pyodide's files, under its name. */
  addFile(name: string, byteLength: number): Uint8Array;
  /**
   * Queues the loading of Pyodide; its jobs run with the next evaluation in the realm. Python starts from
   * the file `snapshot` if there is one, which takes a third of the time, or makes one.
   */
  start(lockFile: string, bootstrap: string, makesSnapshot: boolean): void;
  /** Python's memory as it was once Python was loaded, if it was to be made. */
  snapshot(): Uint8Array | undefined;
  /** Empty once Python is loaded; until then, why it is not. */
  failure(): string;
  /** Executes a source, once, and makes it the one whose functions `call` calls. */
  load(source: string): void;
  /** Takes the arguments of the next call, a JSON array. */
  receive(argumentsJson: string): void;
  /**
   * Calls the function and returns the JSON of its outcome, or "!" and a text if Python itself broke down.
   */
  call(functionName: string): string;
  /** Python's memory, to be looked at only through the process's own functions. */
  memory(): object;
}

/** The parts of WebAssembly and of Pyodide that are used here, which Node's types leave to the DOM's. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports?: object) => object;
  Memory: { prototype: { buffer: ArrayBuffer; grow(pages: number): number } };
};
declare const _createPyodideModule: (settings: object) => unknown;
declare const loadPyodide: (options: object) => Promise<{
  runPython(source: string): void;
  globals: { get(name: string): (text: string) => unknown };
  unregisterJsModule(name: string): void;
  makeMemorySnapshot(): Uint8Array;
  _module: { memory: object };
}>;

/**
 * A realm without any object of this one, ready for Pyodide's scripts, and the way to evaluate one in it.
 * Strings are never compiled there. Its promises have a queue of their own, which is emptied with each
 * evaluation and at no other time.
 */
export function createRealm(memoryLimit: number): {
  realm: Realm;
  evaluate: (code: string, filename: string) => unknown;
} {
  const context = createContext(Object.create(null) as object, {
    codeGeneration: { strings: false, wasm: true },
    microtaskMode: "afterEvaluate",
  });
  const evaluate = (code: string, filename: string): unknown =>
    new Script(code, { filename }).runInContext(context, { displayErrors: false });
  return { realm: evaluate(`"use strict"; (${prepareRealm})(${memoryLimit})`, "sandbox-realm.js") as Realm, evaluate };
}

/**
 * Makes the realm ready for Pyodide's scripts. The process evaluates the TEXT of this function inside the
 * realm, so it uses nothing from outside itself. `memoryLimit` is in bytes.
 *
 * Pyodide takes the realm for a JavaScript shell, which asks least of its host: it loads through
 * `readbuffer` and prints to `console`. What it needs beyond the language is defined here. There is no
 * event loop: what a grader schedules never runs.
 */
function prepareRealm(memoryLimit: number): Realm {
  const files: Record<string, Uint8Array> = Object.create(null);
  let state = "Python did not finish loading.";
  let python: Record<"load" | "receive" | "call", (text: string) => unknown>;
  let memory: object;
  let snapshot: Uint8Array | undefined;

  const origin = Date.now();
  const refuse = (): never => {
    throw new Error("The sandbox has no host");
  };
  const ignore = (): void => {};
  const instantiate = async (source: Uint8Array | object, imports?: object): Promise<object> => {
    if (source instanceof WebAssembly.Module) return new WebAssembly.Instance(source, imports);
    const module = new WebAssembly.Module(source as Uint8Array);
    return { module, instance: new WebAssembly.Instance(module, imports) };
  };
  // Only ASCII comes here: what Python answers and what a snapshot notes are JSON.
  class TextDecoder {
    decode(bytes: Uint8Array): string {
      const parts: string[] = [];
      for (let at = 0; at < bytes.length; at += 8192)
        parts.push(String.fromCharCode.apply(null, bytes.subarray(at, at + 8192) as unknown as number[]));
      return parts.join("");
    }
  }
  class TextEncoder {
    encodeInto(text: string, bytes: Uint8Array): { written: number } {
      for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
      return { written: text.length };
    }
  }

  // Without a number here, V8 records no stack traces; Node would format them with a function of its own
  // realm, and what that function throws or hands over would be an object of the host.
  for (const name of ["stackTraceLimit", "prepareStackTrace"])
    Object.defineProperty(Error, name, { get: ignore, set: ignore, configurable: false });
  Object.defineProperty(globalThis, "Error", { value: Error, writable: false, configurable: false });

  const globals = {
    read: refuse,
    load: refuse,
    readbuffer: (path: string) => files[path.slice(path.lastIndexOf("/") + 1)] ?? refuse(),
    refuseImport: refuse,
    // Emscripten asks a browser's `crypto`, if there is a window, rather than the shell's `os.system`.
    window: {},
    crypto: { getRandomValues: (bytes: Uint8Array) => bytes.set(bytes.map(() => Math.random() * 256)) },
    performance: { now: () => Date.now() - origin },
    console: { log: ignore, info: ignore, warn: ignore, error: ignore, debug: ignore },
    setTimeout: () => 0,
    clearTimeout: ignore,
    // Node would run the finalizers from its event loop.
    FinalizationRegistry: class {
      register = ignore;
      unregister = ignore;
    },
    SharedArrayBuffer: undefined,
  };
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });

  // Compiling goes on at once rather than from the event loop. Streams would reject with errors of the
  // host's realm, and suspended calls would return promises.
  Object.assign(WebAssembly, { compile: async (bytes: Uint8Array) => new WebAssembly.Module(bytes), instantiate });
  for (const name of ["compileStreaming", "instantiateStreaming", "Suspending", "promising"])
    Reflect.deleteProperty(WebAssembly, name);
  // Emscripten grows its heap through this method alone; if it throws, the allocation fails and Python
  // raises MemoryError.
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (pages): number {
    if (this.buffer.byteLength + pages * 65_536 > memoryLimit) throw new RangeError("The memory limit is reached");
    return grow.call(this, pages);
  };

  const start = async (lockFileContents: string, bootstrap: string, makesSnapshot: boolean): Promise<void> => {
    const pyodide = await loadPyodide({
      indexURL: "/",
      lockFileContents,
      createPyodideModule: (settings: object) => {
        const module = _createPyodideModule(settings);
        // Only now: Emscripten would decode all its texts with it, not only those in ASCII.
        Object.assign(globalThis, { TextDecoder, TextEncoder });
        return module;
      },
      jsglobals: Object.freeze({}),
      stdin: () => null,
      stdout: ignore,
      stderr: ignore,
      ...(makesSnapshot ? { _makeSnapshot: true } : {}),
      ...(files.snapshot === undefined ? {} : { _loadSnapshot: files.snapshot }),
    });
    for (const name of Object.keys(files)) delete files[name];
    pyodide.runPython(bootstrap);
    if (makesSnapshot) snapshot = pyodide.makeMemorySnapshot();
    for (const name of ["js", "pyodide_js"]) pyodide.unregisterJsModule(name);
    const { globals: names } = pyodide;
    python = { load: names.get("load"), receive: names.get("receive"), call: names.get("call") };
    memory = pyodide._module.memory;
    state = "";
  };

  // Each is a plain function of this realm: called from the host, Pyodide's own proxies would be handed an
  // array of the host.
  return {
    addFile: (name, byteLength) => (files[name] = new Uint8Array(byteLength)),
    start: (lockFile, bootstrap, makesSnapshot) => {
      start(lockFile, bootstrap, makesSnapshot).catch((error: unknown) => {
        state = String(error);
      });
    },
    failure: () => state,
    snapshot: () => {
      const made = snapshot;
      snapshot = undefined;
      return made;
    },
    load: (source) => void python.load(source),
    receive: (argumentsJson) => void python.receive(argumentsJson),
    call: (functionName) => {
      try {
        return python.call(functionName) as string;
      } catch (error) {
        return `!${error}`;
      }
    },
    memory: () => memory,
  };
}
