/** Notebooks for the tests. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Cell, Notebook } from "../../../dist/tools/notebook/notebook.js";

/** A notebook with displays, updates, a figure, mathematics and text that looks like markup. */
export const smallNotebook = join(__dirname, "fixtures", "small.ipynb");

/** A code cell that has not run. */
export function codeCell(source: string, metadata: Record<string, unknown> = {}): Cell {
  return { cell_type: "code", id: "code", metadata, source, execution_count: null, outputs: [] };
}

export function markdownCell(source: string): Cell {
  return { cell_type: "markdown", id: "text", metadata: {}, source };
}

/** A notebook of these cells, with an id each. */
export function notebookOf(...cells: Cell[]): Notebook {
  const numbered = cells.map((cell, index) => ({ ...cell, id: `cell-${index + 1}` }));
  return { cells: numbered, metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

/** A new folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "notebook-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Whether a process with this id exists. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
