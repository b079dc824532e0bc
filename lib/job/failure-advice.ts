/**
 * What to do about a job that failed, by what the service says of it. The README's troubleshooting says the same at length.
 * @module
 */
import type { FineTuningJob } from "../service/jobs.js";

/** The first line whose words occur in the service's error. */
const lines: readonly [words: RegExp, advice: string][] = [
  [
    /invalid_training_file|invalid_validation_file|jsonlValidationFailed|invalid_file|fileImportFailed/i,
    "The file is not as the service wants it: prepare the data again (npm run prepare-data) and upload what it writes.",
  ],
  [
    /safety|moderation|content.?filter|policy/i,
    "The safety check refused data or model: look through the training problems for the words that the error names, and leave those problems out.",
  ],
  [
    /grader|grade\(|reward/i,
    "The grader fails at the service: run it there on a few answers with runRemoteGrader, and repair what its error flags name.",
  ],
  [
    /quota|capacity|rate.?limit/i,
    "The resource is full: wait for another job to end, or cancel one (listJobs, cancelJob).",
  ],
  [
    /time.?limit|timed? ?out|720/i,
    "A job may train for 720 hours: use fewer problems, fewer epochs or a smaller compute_multiplier.",
  ],
  [
    /internal|unexpected|server error|\b500\b/i,
    "The fault is the service's: submit the job again. If it fails again and a file has more than 150 MB, prepare the data with fewer problems.",
  ],
];

/** One sentence that says what to do about the error of a failed job. */
export function failureAdvice({ code, message, param }: NonNullable<FineTuningJob["error"]>): string {
  const words = `${code ?? ""} ${message ?? ""} ${param ?? ""}`;
  const found = lines.find(([pattern]) => pattern.test(words));
  return (
    found?.[1] ??
    "Look at the job's last events in the Foundry portal, then submit it again: a failed job is not found by its recipe."
  );
}
