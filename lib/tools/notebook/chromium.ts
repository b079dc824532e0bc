/**
 * A headless Chromium that is installed on this machine.
 * @module
 */
import { type Browser, chromium } from "playwright-core";
import { UserError } from "../../util/errors.js";
import { findProgram } from "./programs.js";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Starts the browser; the caller closes it. Throws a `UserError` where there is none. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = await findProgram(names);
  if (executablePath === undefined)
    throw new UserError(`No browser is found (looked for ${names.join(", ")}). On Debian: apt install chromium.`);
  return chromium.launch({ executablePath });
}
