import { expect, test } from "vitest";
import { normalizeOutputs } from "../../../dist/tools/notebook/normalize-outputs.js";
import type { Cell, Notebook, Output } from "../../../dist/tools/notebook/notebook.js";
import { codeCell, notebookOf } from "./notebooks.js";

const job = "ftjob-c7fc7a8d28f40c403b842346acc0d755";
const file = "file-a69a332e7bd9dc322bf822c0da63fa53";
const numbered = (digit: number): string => `${"0".repeat(31)}${digit}`;

function settled(...outputs: Output[]): Output[] {
  const cell: Cell = { ...codeCell("f();"), cell_type: "code", execution_count: 1, outputs };
  const notebook: Notebook = notebookOf(cell);
  normalizeOutputs(notebook, "/tmp/cookbook-1");
  return notebook.cells.flatMap((cell) => (cell.cell_type === "code" ? cell.outputs : []));
}

const stream = (text: string): Output => ({ output_type: "stream", name: "stdout", text });

test("outputs lose the paths and times of the run", () => {
  expect(
    settled(stream("/tmp/cookbook-1/out/a.csv in /tmp/cookbook-1 at 2026-11-22T20:09:15.000Z, read on 2026-11-22")),
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
  expect(settled(stream(`${job} ${kept} model.${job.slice(2)}`), display)).toEqual([
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
