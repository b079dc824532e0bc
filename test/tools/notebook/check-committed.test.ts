import { homedir } from "node:os";
import { expect, test } from "vitest";
import { faultsOf } from "../../../dist/tools/notebook/check-committed.js";
import { type Cell, type Notebook, notebookText, type Output } from "../../../dist/tools/notebook/notebook.js";
import { recordRun } from "../../../dist/tools/notebook/run-facts.js";
import { codeCell, markdownCell, notebookOf } from "./notebooks.js";

function executed(...outputs: Output[]): Notebook {
  const cell: Cell = {
    ...codeCell("f();"),
    cell_type: "code",
    execution_count: 1,
    outputs,
    metadata: { tags: ["summary"] },
  };
  const notebook = notebookOf(markdownCell("# Title"), cell);
  recordRun(notebook);
  return notebook;
}

function faults(notebook: Notebook): string[] {
  return faultsOf(notebook, notebookText(notebook));
}

const stream = (name: "stdout" | "stderr", text: string): Output => ({ output_type: "stream", name, text });

test("a notebook fresh from its run has no faults", () => {
  expect(faults(executed(stream("stdout", "fine")))).toEqual([]);
});

test("a notebook that never ran says so", () => {
  expect(faults(notebookOf(codeCell("1")))).toContain("It has not been run.");
});

test("code that was changed, added or not run is noticed; changed text is not", () => {
  const notebook = executed();
  const [title, cell] = notebook.cells as [Cell, Cell];
  title.source = "# Another title";
  expect(faults(notebook)).toEqual([]);
  cell.source = "g();";
  expect(faults(notebook)).toEqual(["The code was changed after the run."]);
  notebook.cells.push({ ...codeCell("h();"), id: "more" });
  expect(faults(notebook)).toContain("The cells did not all run in order: 1, .");
});

test("errors, noise, paths and sheer size are noticed", () => {
  const error: Output = { output_type: "error", ename: "E", evalue: "e", traceback: [] };
  expect(faults(executed(error))).toEqual(["The cell cell-2 failed."]);
  expect(faults(executed(stream("stderr", "hm")))).toEqual(["The cell cell-2 printed to stderr."]);
  for (const path of [`${homedir()}/a`, "/home/ada/a", "/Users/ada/a", "C:\\Users\\ada"]) {
    expect(faults(executed(stream("stdout", path)))).toEqual([expect.stringContaining("It holds a path")]);
  }
  expect(faults(executed(stream("stdout", "x".repeat(3_000_000))))).toEqual([
    expect.stringContaining("at most 3000000"),
  ]);
});

test("ids must be of nbformat 4.5 and differ", () => {
  const notebook = executed();
  for (const cell of notebook.cells) {
    cell.id = "a b";
  }
  recordRun(notebook);
  expect(faults(notebook)).toEqual([expect.stringContaining("1 to 64 letters"), "Two cells have the same id."]);
});
