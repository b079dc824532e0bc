/**
 * The check of an uploaded training file, after which it is `processed` or `error`.
 * @module
 */
import { readLineBytes } from "../read-line-bytes.js";
import { checkTrainingFile, type LineFault, trainingFileLimits } from "../service/training-file.js";

/** Faults that a message lists before it only counts. */
const faultsShown = 5;

/**
 * What is wrong with the file at `path`: each fault with its line, key and remedy. Null for a good file. An upload is checked without
 * `graderKeys`; a job names the keys that its grader reads.
 */
export async function checkUpload(path: string, graderKeys: readonly string[] = []): Promise<string | null> {
  const check = checkTrainingFile(graderKeys);
  const shown: LineFault[] = [];
  let count = 0;
  const add = (faults: LineFault[]): void => {
    count += faults.length;
    shown.push(...faults.slice(0, faultsShown - shown.length));
  };
  for await (const line of readLineBytes(path, trainingFileLimits.maximumLineBytes)) add(check.line(line));
  add(check.end());
  if (count === 0) return null;
  const more = count > shown.length ? ` And ${count - shown.length} more faults.` : "";
  return `Not a file for reinforcement fine-tuning: ${shown.map(describe).join(" ")}${more}`;
}

function describe({ line, key, message, remedy }: LineFault): string {
  const place = line === 0 ? "the file" : `line ${line}`;
  return `${place}${key === "" ? "" : `: "${key}"`} ${message}. ${remedy}`;
}
