import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { faultsOf, normalizeOutputs } from "../../../dist/tools/notebook/committed.js";
import {
  type Cell,
  type Notebook,
  notebookText,
  type Output,
  readNotebook,
} from "../../../dist/tools/notebook/notebook.js";
import { recordRun } from "../../../dist/tools/notebook/run-facts.js";
import { projectRoot } from "../../../dist/util/assets.js";
import { codeCell, markdownCell, notebookOf } from "./notebooks.js";

const job = "ftjob-c7fc7a8d28f40c403b842346acc0d755";
const file = "file-a69a332e7bd9dc322bf822c0da63fa53";
const numbered = (digit: number): string => `${"0".repeat(31)}${digit}`;

function normalized(...outputs: Output[]): Output[] {
  const cell: Cell = { ...codeCell("f();"), cell_type: "code", execution_count: 1, outputs };
  const notebook: Notebook = notebookOf(cell);
  normalizeOutputs(notebook, "/tmp/cookbook-1");
  return notebook.cells.flatMap((cell) => (cell.cell_type === "code" ? cell.outputs : []));
}

const stream = (text: string, name: "stdout" | "stderr" = "stdout"): Output => ({
  output_type: "stream",
  name,
  text,
});

test("outputs lose the paths and times of the run", () => {
  expect(
    normalized(stream("/tmp/cookbook-1/out/a.csv in /tmp/cookbook-1 at 2026-11-22T20:09:15.000Z, read on 2026-11-22")),
  ).toEqual([stream("out/a.csv in . at [time], read on 2026-11-22")]);
});

test("random ids become numbers, the same everywhere; other hashes and the problems' own ids stay", () => {
  const kept = `${"a1".repeat(32)} 1b387ab7-fe74-5d8b-daff-8006630b9c1d`;
  const display: Output = {
    output_type: "display_data",
    data: {
      "text/html": `<a id="figure-1b387ab7-fe74-4d8b-aaff-8006630b9c1d">`,
      "application/json": { ids: [job, file] },
    },
    metadata: {},
  };
  expect(normalized(stream(`${job} ${kept} model.${job.slice(2)}`), display)).toEqual([
    stream(`ftjob-${numbered(1)} ${kept} model.job-${numbered(1)}`),
    {
      output_type: "display_data",
      data: {
        "text/html": `<a id="figure-00000000-0000-0000-0000-000000000002">`,
        "application/json": { ids: [`ftjob-${numbered(1)}`, `file-${numbered(3)}`] },
      },
      metadata: {},
    },
  ]);
});

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

test("a notebook fresh from its run has no faults", () => {
  expect(faults(executed(stream("fine")))).toEqual([]);
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
  expect(faults(executed(stream("hm", "stderr")))).toEqual(["The cell cell-2 printed to stderr."]);
  for (const path of [`${homedir()}/a`, "/home/ada/a", "/Users/ada/a", "C:\\Users\\ada"]) {
    expect(faults(executed(stream(path)))).toEqual([expect.stringContaining("It holds a path")]);
  }
  expect(faults(executed(stream("x".repeat(3_000_000))))).toEqual([expect.stringContaining("at most 3000000")]);
});

test("ids must be of nbformat 4.5 and differ", () => {
  const notebook = executed();
  for (const cell of notebook.cells) {
    cell.id = "a b";
  }
  recordRun(notebook);
  expect(faults(notebook)).toEqual([expect.stringContaining("1 to 64 letters"), "Two cells have the same id."]);
});

test("the committed notebook carries the outputs of its own code; npm run refresh mends it", async () => {
  const file = join(projectRoot, "rft_math_reasoning.ipynb");
  expect(faultsOf(await readNotebook(file), await readFile(file, "utf8"))).toEqual([]);
});
