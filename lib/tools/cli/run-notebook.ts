/**
 * `npm start`: runs the notebook headless and leaves it, executed, as a notebook and as a page.
 * @module
 */
import { existsSync, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "../../util/assets.js";
import { replaceFile } from "../../util/files.js";
import { type Notebook, readNotebook, sectionCalled, writeNotebook } from "../notebook/notebook.js";
import { notebookToHtml } from "../notebook/page.js";
import { type NotebookRun, runNotebook } from "../notebook/run.js";
import { recordRun } from "../notebook/run-facts.js";
import { terminalReporter } from "../notebook/terminal.js";
import { runCommand } from "./command.js";
import { forgetLocalState, preparedFiles } from "./local-state.js";

const usage = `
Usage: npm start [-- --until SECTION --reset --notebook FILE --out DIR]

Runs the notebook from top to bottom in a fresh kernel and writes the result, as a notebook and as
one self-contained page, to the output folder. The notebook itself is not changed.

  --until SECTION   stop after the section of this number, e.g. --until 5
  --reset           first forget all local state (prepared data, outputs, the emulator's files, jobs
                    and models), after asking; on Azure nothing is deleted
  --yes             do not ask
  --notebook FILE   the notebook to run (rft_math_reasoning.ipynb)
  --out DIR         where the results go (out)
  --help            this text

Exit codes: 0 done or ended early in good order, 1 a cell failed, 2 wrong use, 130 interrupted.
`;

const options = {
  notebook: { type: "string" },
  out: { type: "string" },
  until: { type: "string" },
  reset: { type: "boolean" },
  yes: { type: "boolean" },
} as const;

runCommand(usage, async () => {
  const { values } = parseArgs({ options });
  const file = values.notebook ? resolve(values.notebook) : join(projectRoot, "rft_math_reasoning.ipynb");
  const folder = values.out ? resolve(values.out) : join(projectRoot, "out");
  const notebook = await readNotebook(file);
  const last = values.until === undefined ? undefined : sectionCalled(notebook, values.until);
  if (values.reset) {
    await forgetLocalState(dirname(file), values.yes ?? false);
  }

  const started = performance.now();
  const interruption = new AbortController();
  process.once("SIGINT", () => interruption.abort());
  const reporter = terminalReporter(process.stdout);
  // Tables are made in the kernel, which has no terminal of its own.
  const env = process.stdout.isTTY ? { COLUMNS: String(process.stdout.columns) } : {};
  const where = { cwd: dirname(file), env, signal: interruption.signal, cellLimit: last?.end };
  const run = await runNotebook(notebook, { ...where, ...reporter });
  reporter.finish();

  recordRun(run.notebook, new Date());
  const written = await writeResults(run.notebook, file, folder);
  console.log(`\nWritten: ${written.map((path) => relative(process.cwd(), path)).join(" and ")}`);
  process.exitCode = report(run);
  if (last && process.exitCode === 0) {
    console.log(`Stopped after section ${last.number}, ${last.title}, as asked.`);
  }
  console.log(`Total time: ${((performance.now() - started) / 1000).toFixed(1)} s`);
});

/** Writes the executed notebook and its page, which links all that the run left in the notebook's folder and in `folder`. */
async function writeResults(notebook: Notebook, file: string, folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const stem = join(folder, basename(file, ".ipynb"));
  await writeNotebook(`${stem}.ipynb`, notebook);
  const data = preparedFiles.map((name) => join(dirname(file), name)).filter(existsSync);
  const files = [`${stem}.ipynb`, ...data, ...evaluationsIn(join(folder, "evaluations"))].map((path) => ({
    name: basename(path),
    href: hrefOf(folder, path),
  }));
  await replaceFile(`${stem}.html`, notebookToHtml(notebook, files));
  return [`${stem}.ipynb`, `${stem}.html`];
}

/** The files of measured models, without the folder of kept answers. */
function evaluationsIn(folder: string): string[] {
  const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  return entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name));
}

function hrefOf(folder: string, path: string): string {
  return relative(folder, path).split(sep).map(encodeURIComponent).join("/");
}

/** Prints how the run ended and returns the exit code. */
function report({ failure, endedEarly, interrupted }: NotebookRun): number {
  if (interrupted) {
    console.error("Interrupted.");
    return 130;
  }
  if (failure) {
    console.error(`Cell [${failure.number}] failed (cell ${failure.position} of the notebook): ${failure.title}`);
    console.error(failure.error.split("\n    at ", 1)[0]);
    return 1;
  }
  if (endedEarly !== undefined) {
    console.log(`The run ends early: ${endedEarly}`);
  }
  return 0;
}
