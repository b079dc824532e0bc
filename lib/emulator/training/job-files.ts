/**
 * The look at a job's files before it is queued.
 * @module
 */
import { graderKeys } from "../../service/grader-keys.js";
import type { FineTuningJob } from "../../service/jobs.js";
import type { State } from "../state/state.js";
import { checkGraderKeys } from "./check-upload.js";

/** Why the job cannot be trained on its files, as the job's `error`; null where it can: every row has the keys that the grader reads. */
export async function fileFault({ paths }: State, job: FineTuningJob): Promise<FineTuningJob["error"]> {
  const keys = graderKeys(job.method.reinforcement.grader);
  for (const param of ["training_file", "validation_file"] as const) {
    const fault = await checkGraderKeys(paths.upload(job[param] ?? ""), keys);
    if (fault)
      return {
        code: `invalid_${param}`,
        message: `The ${param} '${job[param]}' does not fit the grader: ${fault}`,
        param,
      };
  }
  return null;
}
