import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Notebook } from "../../../dist/tools/notebook/notebook.js";
import { readNotebook } from "../../../dist/tools/notebook/notebook.js";
import { textOfOutputs } from "../../../dist/tools/notebook/outputs.js";
import { type NotebookRun, type RunningCell, runNotebook } from "../../../dist/tools/notebook/run.js";
import { codeCell, markdownCell, notebookOf, smallNotebook } from "./notebooks.js";

const printed = ({ cells }: Notebook): string[] =>
  cells.flatMap((cell) => (cell.cell_type === "code" ? [textOfOutputs(cell.outputs)] : []));
const counts = ({ cells }: Notebook): (number | null)[] =>
  cells.flatMap((cell) => (cell.cell_type === "code" ? [cell.execution_count] : []));
const run = (...cells: Parameters<typeof notebookOf>): Promise<NotebookRun> =>
  runNotebook(notebookOf(...cells), { cwd: __dirname });

describe("running a notebook", () => {
  test("runs its cells in order, in one kernel, and lets updates land in place", async () => {
    const notebook = await readNotebook(smallNotebook);
    const original = structuredClone(notebook);
    const seen: RunningCell[] = [];
    const result = await runNotebook(notebook, { cwd: __dirname, onCell: (cell) => seen.push(cell) });

    expect(printed(result.notebook)).toEqual([
      "local emulator\n",
      "</pre><script>alert(1)</script> local emulator\n42\n",
      "all steps done\nbetween\n",
      "**bold** and $e^{i\\pi}$\n",
      "",
      "The count is 42.\n",
    ]);
    expect(counts(result.notebook)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(seen[2]).toMatchObject({ number: 3, position: 6, heading: "Displays" });
    expect(result).toEqual({ notebook: result.notebook });
    expect(notebook).toEqual(original);
  });

  test("stops at the first cell that fails and names it as the reader sees it", async () => {
    const result = await run(
      markdownCell("# Title\n\n## Part *one*"),
      codeCell('console.log("before");'),
      codeCell("  "),
      codeCell('// Fails\nconsole.warn("a warning");\nconsole.log("so far");\nthrow new RangeError("out of range");'),
      codeCell('console.log("never");'),
    );
    expect(result.failure).toMatchObject({
      number: 2,
      position: 4,
      heading: "Part one",
      title: 'console.warn("a warning");',
    });
    expect(result.failure?.error).toMatch(/^RangeError: out of range\n {4}at /);
    expect(printed(result.notebook)[2]).toMatch(/^a warning\nso far\n[\s\S]*RangeError: out of range\n/);
    expect(counts(result.notebook)).toEqual([1, null, 2, null]);
  });

  test("reports a cell that does not compile, with line and column", async () => {
    const { failure } = await run(codeCell("const n: number = 1;\nconst s: string = n;"));
    expect(failure?.error).toMatch(/^2:7 - Type 'number' is not assignable to type 'string'/);
  });

  test("reports a cell that takes the kernel down", async () => {
    const { failure } = await run(codeCell('console.log("bye");\nprocess.exit(3);'), codeCell("1"));
    expect(failure).toMatchObject({ number: 1, error: "The kernel ended (exit code 3)." });
  });

  test.each([
    ["at once", "throw new RunEndsHere(message);"],
    ["while it awaits", "await undefined;\nthrow new RunEndsHere(message);"],
  ])("ends early and in good order where a cell throws RunEndsHere %s", async (_, code) => {
    const errors = JSON.stringify(join(__dirname, "../../../dist/util/errors.js"));
    const result = await run(
      codeCell(`const { RunEndsHere } = require(${errors});\nconst message = "Set SUBMIT=yes\\nto go on.";`),
      codeCell(`console.log("checked");\n${code}`),
      codeCell('console.log("never");'),
    );
    expect(result.endedEarly).toBe("Set SUBMIT=yes\nto go on.");
    expect(result.failure).toBeUndefined();
    expect(result.notebook.cells[1]).toMatchObject({
      outputs: [{ output_type: "stream", name: "stdout", text: "checked\nSet SUBMIT=yes\nto go on.\n" }],
    });
    expect(counts(result.notebook)).toEqual([1, 2, null]);
  });

  test("takes no other error for an early end, whatever its message says", async () => {
    const { failure } = await run(codeCell('await undefined;\nthrow new Error("RunEndsHere: not so");'));
    expect(failure?.error).toMatch(/^Error: RunEndsHere: not so\n/);
  });

  test("ends when it is interrupted", async () => {
    const interruption = new AbortController();
    const notebook = notebookOf(codeCell('console.log("waits");\nawait new Promise(() => {});'), codeCell("1"));
    const result = await runNotebook(notebook, {
      cwd: __dirname,
      signal: interruption.signal,
      onOutput: () => interruption.abort(),
    });
    expect(result).toMatchObject({ interrupted: true });
    expect(result.failure).toBeUndefined();
    expect(counts(result.notebook)).toEqual([1, null]);
  });
});
