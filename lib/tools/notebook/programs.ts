/**
 * Programs that are installed on this machine.
 * @module
 */
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Browser } from "playwright-core";
import { ConfigurationError } from "../../util/errors.js";

/** The path of the first of `names` that is found on the PATH; undefined if none is. */
export async function findProgram(names: readonly string[]): Promise<string | undefined> {
  const ending = process.platform === "win32" ? ".exe" : "";
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, `${name}${ending}`);
      if (await isProgram(path)) return path;
    }
  }
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

const browsers = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * Starts an installed Chromium, headless; the caller closes it. Throws a `ConfigurationError` if none is
 * installed.
 */
export async function launchChromium(): Promise<Browser> {
  const executablePath = await findProgram(browsers);
  if (executablePath === undefined)
    throw new ConfigurationError(
      `No browser is found (looked for ${browsers.join(", ")}). On Debian: apt install chromium.`,
    );
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath });
}
