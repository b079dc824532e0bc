/**
 * `npm run refresh`: runs the notebook and puts the outputs of that run into it, and the pictures of them
 * into the README.
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative, sep } from "node:path";
import type { Browser } from "playwright-core";
import { fileNames } from "../../data/output-folder.js";
import { cookbookFile, projectRoot } from "../../util/assets.js";
import { DataError, UserError } from "../../util/errors.js";
import { replaceFile } from "../../util/files.js";
import { faultsOf, normalizeOutputs } from "../notebook/committed.js";
import { type Notebook, notebookText, readNotebook } from "../notebook/notebook.js";
import { notebookToHtml } from "../notebook/page.js";
import { launchChromium } from "../notebook/programs.js";
import { recordRun } from "../notebook/run-facts.js";
import { drawStillImages } from "../notebook/still-images.js";
import { defineCommand } from "./command.js";

const notebookName = basename(cookbookFile);

/** What belongs to this machine or is made again. */
const leftOut = new Set([".git", ".env", ".foundry", "out", ...Object.values(fileNames)]);

/** The README's pictures: the figures of these cells, and the top of the page. */
const pictures = {
  "dataset-figure": "dataset",
  "curve-reward": "reward",
  "compare-sentence": "comparison",
  "hack-figure": "hacking",
};

defineCommand({
  call: "npm run refresh",
  purpose: `
Runs rft_math_reasoning.ipynb in a copy of the project without any state or setting of this machine, so on the
emulator, and writes the outputs into the notebook, without paths, times and random ids. Then takes the README's
pictures of the page (.github/*.png). Needs Chromium, and a few minutes. Commit what it changes.`,
  async run() {
    const browser = await launchChromium();
    const folder = await mkdtemp(join(tmpdir(), "cookbook-"));
    try {
      await refresh(folder, browser);
    } finally {
      await browser.close();
      await rm(folder, { recursive: true });
    }
  },
});

async function refresh(folder: string, browser: Browser): Promise<void> {
  const before = await readFile(cookbookFile, "utf8");
  const notebook = await runInCopy(folder);
  normalizeOutputs(notebook, folder);
  await drawStillImages(notebook, browser);
  recordRun(notebook);

  const content = notebookText(notebook);
  const faults = faultsOf(notebook, content);
  if (faults.length > 0) throw new DataError(`The outputs are not fit to be committed:\n${faults.join("\n")}`);
  if ((await readFile(cookbookFile, "utf8")) !== before)
    throw new DataError(`${notebookName} was changed during the run. Nothing is written; run npm run refresh again.`);
  await replaceFile(cookbookFile, content);
  const taken = await takePictures(notebook, browser);
  console.log(`\nWritten: ${[notebookName, ...taken].join(", ")}`);
}

/** Runs the notebook in a copy of the project, as `npm start` does in a fresh clone; returns it executed. */
async function runInCopy(folder: string): Promise<Notebook> {
  const isCopied = (path: string): boolean =>
    basename(path) !== "node_modules" && !leftOut.has(relative(projectRoot, path));
  await cp(projectRoot, folder, { recursive: true, filter: isCopied });
  await symlink(join(projectRoot, "node_modules"), join(folder, "node_modules"), "junction");
  const env = { PATH: process.env.PATH, HOME: folder };
  const child = spawn(process.execPath, ["dist/tools/cli/run-notebook.js"], { cwd: folder, env, stdio: "inherit" });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new UserError("The run failed. Nothing is written.");
  return readNotebook(join(folder, "out", notebookName));
}

async function takePictures(notebook: Notebook, browser: Browser): Promise<string[]> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1.5 });
  await page.setContent(notebookToHtml(notebook));
  const top = ".github/page.png";
  await replaceFile(join(projectRoot, top), await page.screenshot());
  const taken = [top];
  for (const [cell, name] of Object.entries(pictures)) {
    const figure = page.locator(`#cell-${cell} figure.plot`).first();
    const picture = `.github/${name}.png`;
    await replaceFile(join(projectRoot, picture), await figure.screenshot({ timeout: 10_000 }));
    taken.push(picture);
  }
  await page.close();
  return taken.map((path) => path.replaceAll("/", sep));
}
