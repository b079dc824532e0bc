/**
 * The check of an uploaded training file, after which it is `processed` or `error`.
 * @module
 */

import { checkTrainingFile, type LineFault, trainingFileLimits } from "../../service/training-file.js";
import { readLineBytes } from "../../util/jsonl.js";

/** Faults that a message lists before it only counts. */
const faultsShown = 5;

/** What is wrong with the file at `path`, for `status_details`: each fault with its line and key. Null for a good file. */
export async function checkUpload(path: string): Promise<string | null> {
  const check = checkTrainingFile();
  const shown: LineFault[] = [];
  let count = 0;
  const add = (faults: LineFault[]): void => {
    count += faults.length;
    shown.push(...faults.slice(0, faultsShown - shown.length));
  };
  for await (const line of linesOf(path)) add(check.line(line));
  add(check.end());
  if (count === 0) return null;
  const more = count > shown.length ? `; and ${count - shown.length} more faults` : "";
  return `Not a file for reinforcement fine-tuning: ${shown.map(describe).join("; ")}${more}.`;
}

/**
 * What a job with a grader that reads these keys finds missing in a file that passed its check, which has made sure that all lines
 * have the keys of the first. Null for nothing.
 */
export async function checkGraderKeys(path: string, graderKeys: readonly string[]): Promise<string | null> {
  for await (const line of linesOf(path)) {
    const faults = checkTrainingFile(graderKeys).line(line);
    return faults.length === 0 ? null : `${faults.map(describe).join("; ")}.`;
  }
  return null;
}

function linesOf(path: string): AsyncGenerator<Buffer> {
  return readLineBytes(path, trainingFileLimits.maxLineBytes);
}

function describe({ line, key, message, remedy }: LineFault): string {
  const place = line === 0 ? "the file" : `line ${line}`;
  return `${place}${key === "" ? "" : `: "${key}"`} ${message}; ${remedy}`;
}
