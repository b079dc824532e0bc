/**
 * Loaded into the kernel before tslab 1.0.22: mends its faults.
 * @module
 */
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import type { Node } from "typescript";
import { zeromq } from "../zeromq.js";

// tslab does not wait for a send to end before the next one, and zeromq then drops the message: a cell that
// prints a thousand lines at once would lose half of them, and with them the message that it has ended. So
// messages are sent one after the other; one that fails, e.g. to a page that was closed, does not hold up the
// next.

zeromq.Publisher = class extends zeromq.Publisher {
  readonly #send = inOrder((frames) => super.send(frames));

  constructor() {
    super();
    this.sendHighWaterMark = 0;
  }

  override send(frames: string[]): Promise<void> {
    return this.#send(frames);
  }
};

zeromq.Router = class extends zeromq.Router {
  readonly #send = inOrder((frames) => super.send(frames));

  override send(frames: string[]): Promise<void> {
    return this.#send(frames);
  }
};

function inOrder(send: (frames: string[]) => Promise<void>): typeof send {
  let last = Promise.resolve();
  return (frames) => {
    const sent = last.then(() => send(frames));
    last = sent.catch(() => {});
    return sent;
  };
}

// A file that appears or changes beside the notebook or in a package it imports makes tslab's compiler
// schedule two rebuilds, and the second one fails with "Unexpected pending rebuildTimer": in the next cell,
// or between cells, where it ends the kernel. The kernel recompiles at every cell anyway, so it watches
// nothing. Without the watch, a module that is made or changed while the kernel runs is found after a
// restart.

const load = createRequire(require.resolve("tslab/package.json"));
const compiler = load("@tslab/typescript-for-tslab") as typeof import("typescript");
compiler.sys.watchFile = () => ({ close() {} });
compiler.sys.watchDirectory = () => ({ close() {} });

/** The parts of tslab that the rest mends. */
interface Executor {
  execute(source: string): Promise<boolean>;
  interrupt(): void;
}
interface Converter {
  convert(declarations: string, source: string): { diagnostics: Diagnostic[] };
}
/** A fault that the compiler finds in the cell or, by its name, in another file. */
interface Diagnostic {
  start: { line: number; character: number };
  fileName?: string;
}
interface Printer {
  log(...values: unknown[]): void;
  error(...values: unknown[]): void;
}
type ExecuteHandler = (...values: unknown[]) => Promise<{ status: string }>;

const executors = load("./dist/executor.js") as {
  createExecutor(root: string, converters: { node: Converter }, printer: Printer): Executor;
};
const { createExecutor } = executors;
executors.createExecutor = (root, converters, printer) => {
  expandShorthands(converters.node);
  const error = (...values: unknown[]): void =>
    printer.error(...values.map((value) => interruptionText(value) ?? value));
  return withGraceOnInterrupt(createExecutor(root, converters, { ...printer, error }));
};

// tslab reads a variable of an earlier cell from an object, by writing its name in another way, and
// overlooks the shorthand `{ grader }`: it passes the check of types and throws a ReferenceError. So
// the compiler is given `{ grader: grader }`, and the faults that it finds are told at the places that
// they have in the cell.

function expandShorthands(converter: Converter): void {
  const convert = converter.convert.bind(converter);
  converter.convert = (declarations, source) => {
    const insertions = missingValues(source);
    const expanded = insertions.reduceRight(
      (text, { at, value }) => text.slice(0, at) + value + text.slice(at),
      source,
    );
    const converted = convert(declarations, expanded);
    for (const { start, fileName } of converted.diagnostics)
      if (fileName === undefined) start.character -= insertedBefore(start, insertions);
    return converted;
  };
}

interface Insertion {
  at: number;
  line: number;
  character: number;
  value: string;
}

/** What is to be inserted after the shorthands of a cell, from its beginning to its end. */
function missingValues(source: string): Insertion[] {
  const found: Insertion[] = [];
  const file = compiler.createSourceFile("cell.ts", source, compiler.ScriptTarget.Latest);
  const visit = (node: Node): void => {
    if (compiler.isShorthandPropertyAssignment(node)) {
      const { end: at, text } = node.name;
      found.push({ at, ...file.getLineAndCharacterOfPosition(at), value: `: ${text}` });
    }
    compiler.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function insertedBefore({ line, character }: Diagnostic["start"], insertions: Insertion[]): number {
  return insertions
    .filter((insertion) => insertion.line === line)
    .reduce((sum, { character: at, value }) => (at + sum <= character ? sum + value.length : sum), 0);
}

// An interrupt ends a cell at once, with the stack of an error that says nothing. A call that listens
// for the signal itself can say what has been stopped and how to go on, so it is given the first word.

const interruptMilliseconds = 500;

function withGraceOnInterrupt(executor: Executor): Executor {
  let isRunning = false;
  let interruption: NodeJS.Timeout | undefined;
  return {
    ...executor,
    async execute(source) {
      isRunning = true;
      try {
        return await executor.execute(source);
      } finally {
        isRunning = false;
        clearTimeout(interruption);
        forgetHalfLoadedModules();
      }
    },
    interrupt() {
      clearTimeout(interruption);
      if (isRunning) interruption = setTimeout(() => executor.interrupt(), interruptMilliseconds);
    },
  };
}

/** An interrupt ends a module in the middle of its loading, and Node.js would take what is there for the whole. */
function forgetHalfLoadedModules(): void {
  for (const [path, module] of Object.entries(require.cache)) {
    if (module?.loaded === false) delete require.cache[path];
  }
}

function interruptionText(value: unknown): string | undefined {
  if (!(value instanceof Error)) return undefined;
  const { message, code } = value as NodeJS.ErrnoException;
  const isInterruption = message === "Interrupted asynchronously" || code === "ERR_SCRIPT_EXECUTION_INTERRUPTED";
  return isInterruption ? "Interrupted. Run this cell again to go on." : undefined;
}

// After an error, tslab aborts whatever arrives within a fifth of a second, to stop the cells that wait
// behind the failed one. It says before that time is over that the cell has ended, and a cell that is
// run on this news does not run. So the news waits.

const abortMilliseconds = 200;

const { JupyterHandlerImpl: handler } = load("./dist/jupyter.js") as {
  JupyterHandlerImpl: { prototype: { handleExecute: ExecuteHandler } };
};
const { handleExecute } = handler.prototype;
handler.prototype.handleExecute = async function (...values) {
  const reply = await handleExecute.apply(this, values);
  if (reply.status === "error") await sleep(abortMilliseconds);
  return reply;
};
