/**
 * The check of an uploaded training file, after which it is `processed` or `error`.
 * @module
 */
import { UserError } from "../errors.js";
import { readLines } from "../read-lines.js";
import { checkTrainingFile, type LineFault } from "../service/training-file.js";

/** Faults that a message lists before it only counts. */
const faultsShown = 5;

/** What is wrong with the file at `path`, for `status_details`: each fault with its line and key. Null for a good file. */
export async function checkUpload(path: string): Promise<string | null> {
  const check = checkTrainingFile();
  const faults: LineFault[] = [];
  try {
    for await (const line of readLines(path)) faults.push(...check.line(line));
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  faults.push(...check.end());
  if (faults.length === 0) return null;
  const shown = faults.slice(0, faultsShown).map(describe).join("; ");
  const more = faults.length > faultsShown ? `; and ${faults.length - faultsShown} more faults` : "";
  return `Not a file for reinforcement fine-tuning: ${shown}${more}.`;
}

function describe({ line, key, message }: LineFault): string {
  const place = line === 0 ? "the file" : `line ${line}`;
  return key === "" ? `${place} ${message}` : `${place}: "${key}" ${message}`;
}
