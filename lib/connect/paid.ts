/**
 * What costs money happens only where the reader has said so.
 * @module
 */
import { RunEndsHere } from "../util/errors.js";
import type { Settings } from "./settings.js";

/**
 * Returns on the local backend, and on Azure where `RUN_PAID_JOBS` is set. Otherwise it throws `RunEndsHere`, naming `what`
 * (the beginning of a sentence, such as "Training").
 */
export function requirePaidJobs({ settings }: { settings: Settings }, what: string): void {
  if (settings.backend === "local" || settings.runPaidJobs) return;
  throw new RunEndsHere(
    `${what} costs money on Azure, so the run ends here. To go on, set RUN_PAID_JOBS=true in .env and run it again: what is there already is found, not made twice.`,
  );
}
