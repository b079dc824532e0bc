/**
 * Runs a notebook from top to bottom, as "Restart kernel and run all cells" does.
 * @module
 */
import { messageOf } from "../../util/errors.js";
import { type Kernel, type OutputMessage, startKernel } from "./kernel.js";
import { headingsIn } from "./markdown.js";
import { type CodeCell, type Notebook, titleOf } from "./notebook.js";
import { outputCollector } from "./outputs.js";

/** A code cell that is about to run. */
export interface RunningCell {
  /** The number in front of the cell, as in `[3]`: it counts the code cells. */
  number: number;
  /** Its place among all cells, from 1. */
  position: number;
  /** The nearest heading above it, without its marks; empty if there is none. */
  heading: string;
  /** What it does, see {@link titleOf}. */
  title: string;
}

/** The cell that stopped a run, and what it printed as its error. */
export interface CellFailure extends RunningCell {
  error: string;
}

/** What became of a run. */
export interface NotebookRun {
  /** A copy of the notebook with the outputs of all cells that ran. */
  notebook: Notebook;
  /** Set if a cell failed. */
  failure?: CellFailure;
  /** The message of the `RunEndsHere` by which a cell ended the run early and in good order. */
  endedEarly?: string;
  /** Set if `signal` ended the run. */
  interrupted?: true;
}

/** Where a notebook runs, and who is told what happens. */
export interface RunOptions {
  /** The folder against which the cells resolve their imports and files. */
  cwd: string;
  env?: NodeJS.ProcessEnv;
  /** How many cells to run, counted with the text between them; all by default. */
  cellLimit?: number;
  onCell?(cell: RunningCell): void;
  onOutput?(message: OutputMessage): void;
  /** Interrupts the running cell and ends the run. */
  signal?: AbortSignal;
}

/**
 * Runs the code cells of a copy of `notebook` in one new kernel, up to the first that fails or throws
 * `RunEndsHere`. Throws only if the kernel cannot start.
 */
export async function runNotebook(notebook: Notebook, options: RunOptions): Promise<NotebookRun> {
  const run: NotebookRun = { notebook: withoutOutputs(notebook) };
  const kernel = await startKernel(options);
  const interrupt = (): void => kernel.interrupt();
  options.signal?.addEventListener("abort", interrupt);
  try {
    await runCells(kernel, run, options);
  } finally {
    options.signal?.removeEventListener("abort", interrupt);
    await kernel.shutdown();
  }
  return run;
}

async function runCells(kernel: Kernel, run: NotebookRun, options: RunOptions): Promise<void> {
  const collect = outputCollector();
  let number = 0;
  let heading = "";
  for (const [index, cell] of run.notebook.cells.slice(0, options.cellLimit).entries()) {
    if (cell.cell_type === "markdown") {
      heading = headingsIn(cell.source).at(-1) ?? heading;
    }
    if (cell.cell_type !== "code" || cell.source.trim() === "") continue;
    if (options.signal?.aborted) break;
    number += 1;
    const running = { number, position: index + 1, heading, title: titleOf(cell) };
    options.onCell?.(running);
    const ending = await runCell(kernel, cell, (message) => {
      collect(cell.outputs, message);
      options.onOutput?.(message);
    });
    if (ending !== undefined && !options.signal?.aborted) {
      if (ending.early) {
        run.endedEarly = ending.text;
      } else {
        run.failure = { ...running, error: ending.text };
      }
      return;
    }
  }
  if (options.signal?.aborted) {
    run.interrupted = true;
  }
}

/** Runs one cell; returns the text with which it ended the run, early or as a failure, else undefined. */
async function runCell(
  kernel: Kernel,
  cell: CodeCell,
  onOutput: (message: OutputMessage) => void,
): Promise<{ early: boolean; text: string } | undefined> {
  let early: string | undefined;
  let errors = "";
  try {
    const reply = await kernel.execute(cell.source, (message) => {
      if (message.type !== "stream" || message.content.name === "stdout") {
        errors = "";
        return onOutput(message);
      }
      errors += message.content.text;
      early = earlyEndIn(message.content.text);
      onOutput(early === undefined ? message : { type: "stream", content: { name: "stdout", text: `${early}\n` } });
    });
    cell.execution_count = reply.execution_count ?? null;
    if (reply.status === "ok") return undefined;
    return early === undefined
      ? { early: false, text: errors.replace(excerpt, "").trim() }
      : { early: true, text: early };
  } catch (error) {
    return { early: false, text: messageOf(error) };
  }
}

/** What Node.js puts before the error that a script throws: the place, the line and a caret below it. */
const excerpt = /^.+:\d+\n.*\n\s*\^+\n\n/;

/** The message of a `RunEndsHere`, if that is what a cell threw and tslab printed. */
function earlyEndIn(printed: string): string | undefined {
  return printed.match(/^RunEndsHere: ([\s\S]*\S)\s*$/)?.[1];
}

function withoutOutputs(notebook: Notebook): Notebook {
  const copy = structuredClone(notebook);
  for (const cell of copy.cells) {
    if (cell.cell_type === "code") {
      cell.outputs = [];
      cell.execution_count = null;
    }
  }
  return copy;
}
