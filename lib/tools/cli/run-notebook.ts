/**
 * `npm start`: runs the notebook headless and leaves it, executed, as a notebook and as a page.
 * @module
 */
import { existsSync, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileNames } from "../../data/output-folder.js";
import { lockFolder } from "../../emulator/state/folder-lock.js";
import { cookbookFile, projectRoot } from "../../util/assets.js";
import { replaceFile } from "../../util/files.js";
import { type Notebook, readNotebook, sectionCalled, writeNotebook } from "../notebook/notebook.js";
import type { NotebookRun } from "../notebook/run.js";
import { recordRun } from "../notebook/run-facts.js";
import { refuseSecrets } from "../notebook/secrets.js";
import { terminalReporter } from "../notebook/terminal.js";
import { defineCommand, flag, text } from "./command.js";

defineCommand({
  call: "npm start",
  purpose: `
Runs the notebook from top to bottom in a fresh kernel and writes the result, as a notebook and as one
self-contained page, to the output folder. The notebook itself is not changed.`,
  options: {
    until: text("SECTION", "stop after the section of this number, e.g. --until 5"),
    reset: flag(
      "first forget all local state (prepared data, outputs, the emulator's files, jobs and models), after asking; on Azure nothing is deleted",
    ),
    yes: flag("do not ask"),
    notebook: text("FILE", "the notebook to run", cookbookFile),
    out: text("DIR", "where the results go", join(projectRoot, "out")),
  },
  notes: "Exit codes: 0 done or ended early in good order, 1 a cell failed, 2 wrong use, 130 interrupted.",
  async run({ until, reset, yes, ...paths }) {
    const [file, folder] = [resolve(paths.notebook), resolve(paths.out)];
    const notebook = await readNotebook(file);
    const last = until === undefined ? undefined : sectionCalled(notebook, until);
    if (reset) await (await import("./local-state.js")).forgetLocalState(dirname(file), yes);

    await mkdir(folder, { recursive: true });
    const unlock = await lockFolder(folder, "--out");
    const started = performance.now();
    const interruption = new AbortController();
    process.once("SIGINT", () => interruption.abort());
    const reporter = terminalReporter(process.stdout);
    // Tables are made in the kernel, which has no terminal of its own.
    const env = process.stdout.isTTY ? { COLUMNS: String(process.stdout.columns) } : {};
    const where = { cwd: dirname(file), env, signal: interruption.signal, cellLimit: last?.end };
    const { runNotebook } = await import("../notebook/run.js");
    const run = await runNotebook(notebook, { ...where, ...reporter });
    reporter.finish();

    recordRun(run.notebook, new Date());
    const written = await writeResults(run.notebook, file, folder).finally(unlock);
    console.log(`\nWritten: ${written.map((path) => relative(process.cwd(), path)).join(" and ")}`);
    process.exitCode = report(run);
    if (last && process.exitCode === 0) console.log(`Stopped after section ${last.number}, ${last.title}, as asked.`);
    console.log(`Total time: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  },
});

/**
 * Writes the executed notebook and its page, which links all that the run left in the notebook's folder and
 * in `folder`. Throws a `ConfigurationError`, and writes nothing, if they hold a secret.
 */
async function writeResults(notebook: Notebook, file: string, folder: string): Promise<string[]> {
  const stem = join(folder, basename(file, ".ipynb"));
  const data = Object.values(fileNames)
    .map((name) => join(dirname(file), name))
    .filter(existsSync);
  const files = [`${stem}.ipynb`, ...data, ...evaluationsIn(join(folder, "evaluations"))].map((path) => ({
    name: basename(path),
    href: hrefOf(folder, path),
  }));
  const { notebookToHtml } = await import("../notebook/page.js");
  const page = notebookToHtml(notebook, files);
  refuseSecrets([JSON.stringify(notebook), page]);
  await writeNotebook(`${stem}.ipynb`, notebook);
  await replaceFile(`${stem}.html`, page);
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
