/**
 * The two checks of training files: of each one after its upload, and of a job's two before the job is
 * queued.
 * @module
 */
import { graderKeys } from "../../service/graders.js";
import type { FineTuningJob } from "../../service/jobs.js";
import { checkTrainingFile, type LineFault, trainingFileLimits } from "../../service/training-file.js";
import { readLineBytes } from "../../util/jsonl.js";
import type { State } from "../state/state.js";

/** Faults that a message lists before it only counts. */
const faultsShown = 5;

/**
 * What is wrong with the file at `path`, for `status_details`: each fault with its line and key. Null for a
 * good file.
 */
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
 * Why the job cannot be trained on its files, as its `error`: a key that the grader reads is missing. Null if
 * it can.
 */
export async function fileFault({ paths }: State, job: FineTuningJob): Promise<FineTuningJob["error"]> {
  const keys = graderKeys(job.method.reinforcement.grader);
  for (const param of ["training_file", "validation_file"] as const) {
    const fault = await missingKeys(paths.upload(job[param] ?? ""), keys);
    if (fault)
      return {
        code: `invalid_${param}`,
        message: `The ${param} '${job[param]}' does not fit the grader: ${fault}`,
        param,
      };
  }
  return null;
}

/**
 * Which of the grader's keys a file lacks. The first line tells, because after an upload all lines are known
 * to have its keys.
 */
async function missingKeys(path: string, graderKeys: readonly string[]): Promise<string | null> {
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
