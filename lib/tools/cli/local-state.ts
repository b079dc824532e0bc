/**
 * What runs leave behind on this machine, and how it is forgotten.
 * @module
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { createInterface } from "node:readline/promises";
import { loadSettings } from "../../connect/settings.js";
import { fileNames } from "../../data/output-folder.js";
import { lockFolder } from "../../emulator/state/folder-lock.js";
import { projectRoot } from "../../util/assets.js";
import { ConfigurationError } from "../../util/errors.js";

/**
 * Deletes the prepared files and the folder `out` in `notebookFolder`, and the emulator's state. Asks first
 * unless `agreed`. Throws a `UserError`, and deletes nothing, if nobody agrees or can be asked, or if another
 * process uses the state.
 */
export async function forgetLocalState(notebookFolder: string, agreed: boolean): Promise<void> {
  const state = resolve(loadSettings().emulatorStateDir);
  const beside = [...Object.values(fileNames), "out"].map((name) => join(notebookFolder, name));
  const present = [...beside, state].filter(existsSync);
  const kept = present.find((path) => `${projectRoot}${sep}`.startsWith(`${path}${sep}`));
  if (kept !== undefined)
    throw new ConfigurationError(
      `${kept} holds this project; it is not deleted. Give EMULATOR_STATE_DIR a folder of its own.`,
    );
  if (present.length === 0) {
    console.log("There is no local state to forget.");
    return;
  }
  const names = present.map((path) => relative(process.cwd(), path)).join(", ");
  if (!agreed) {
    await agree(names);
  }
  if (present.includes(state)) {
    await (await lockFolder(state))();
  }
  await Promise.all(present.map((path) => rm(path, { recursive: true })));
  console.log(`Deleted: ${names}`);
}

async function agree(names: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new ConfigurationError(`This would delete ${names}. Nobody can be asked here: add --yes if that is right.`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Delete ${names}? [y/N] `).finally(() => terminal.close());
  if (!/^y(es)?$/i.test(answer.trim())) throw new ConfigurationError("Nothing is deleted, and nothing is run.");
}
