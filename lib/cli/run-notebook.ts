/**
 * `npm start`: runs the notebook headless and leaves it, executed, as a notebook and as a page.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "../assets.js";
import { replaceFile } from "../atomic-write.js";
import { notebookToHtml } from "../notebook/html.js";
import { type Notebook, readNotebook, tagsOf, writeNotebook } from "../notebook/notebook.js";
import { textOfOutputs } from "../notebook/outputs.js";
import { type NotebookRun, runNotebook } from "../notebook/run.js";
import { terminalReporter } from "../notebook/terminal.js";
import { runCommand } from "./command.js";

const usage = `
Usage: npm start [-- --notebook FILE --out DIR]

Runs the notebook from top to bottom in a fresh kernel and writes the result, as a notebook and as
one self-contained page, to the output folder. The notebook itself is not changed.

  --notebook FILE   the notebook to run (rft_math_reasoning.ipynb)
  --out DIR         where the results go (out)
  --help            this text

Exit codes: 0 done or ended early in good order, 1 a cell failed, 2 wrong use, 130 interrupted.
`;

runCommand(usage, async () => {
  const { values } = parseArgs({ options: { notebook: { type: "string" }, out: { type: "string" } } });
  const file = values.notebook ? resolve(values.notebook) : join(projectRoot, "rft_math_reasoning.ipynb");
  const folder = values.out ? resolve(values.out) : join(projectRoot, "out");

  const started = performance.now();
  const interruption = new AbortController();
  process.once("SIGINT", () => interruption.abort());
  const reporter = terminalReporter(process.stdout);
  const notebook = await readNotebook(file);
  const run = await runNotebook(notebook, { cwd: dirname(file), signal: interruption.signal, ...reporter });
  reporter.finish();

  const written = await writeResults(run.notebook, join(folder, basename(file, ".ipynb")));
  console.log(`\nWritten: ${written.map((path) => relative(process.cwd(), path)).join(" and ")}`);
  process.exitCode = report(run);
  console.log(`Total time: ${((performance.now() - started) / 1000).toFixed(1)} s`);
});

async function writeResults(notebook: Notebook, stem: string): Promise<string[]> {
  await mkdir(dirname(stem), { recursive: true });
  await writeNotebook(`${stem}.ipynb`, notebook);
  await replaceFile(`${stem}.html`, notebookToHtml(notebook));
  return [`${stem}.ipynb`, `${stem}.html`];
}

/** Prints how the run ended and returns the exit code. */
function report({ notebook, failure, endedEarly, interrupted }: NotebookRun): number {
  if (interrupted) {
    console.error("Interrupted.");
    return 130;
  }
  if (failure) {
    console.error(`Cell [${failure.number}] failed (cell ${failure.position} of the notebook): ${failure.firstLine}`);
    console.error(failure.error.split("\n    at ", 1)[0]);
    return 1;
  }
  if (endedEarly !== undefined) {
    console.log(`The run ends early: ${endedEarly}`);
  }
  const summary = notebook.cells.find((cell) => tagsOf(cell).includes("summary"));
  if (summary?.cell_type === "code" && summary.outputs.length > 0) {
    console.log(textOfOutputs(summary.outputs).trimEnd());
  }
  return 0;
}
