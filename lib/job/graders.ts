/**
 * Running a grader where training will run it: at the service.
 * @module
 */
import { type Connection, requirePaidJobs } from "../connect/connect.js";
import type { Grader, GraderRun, GraderSample, SingleGrader } from "../service/graders.js";
import { mapConcurrently } from "../util/map-concurrently.js";
import { runGraderOnce } from "./api.js";

const concurrency = 8;

/**
 * What the service's own grader says of each sample, in the samples' order. A grader that raises is no error
 * here: its reward is 0 and a flag in `metadata.errors` is set. Throws `RunEndsHere` where the grader calls a
 * model on Azure and paid steps are not allowed.
 */
export async function runRemoteGrader(
  connection: Connection,
  grader: Grader,
  samples: readonly GraderSample[],
): Promise<GraderRun[]> {
  if (gradingModels(grader).length > 0) requirePaidJobs(connection, "A grader that calls a model");
  return mapConcurrently(samples, concurrency, ({ outputText, item }) =>
    runGraderOnce(connection.openai, grader, outputText, item),
  );
}

/** The models that a grader calls, whose tokens are billed; none for graders that only compute. */
export function gradingModels(grader: Grader): string[] {
  return gradersIn(grader).flatMap((part) => (part.type === "score_model" ? [part.model] : []));
}

/** The parts of a multi grader, or the grader itself. */
export function gradersIn(grader: Grader): SingleGrader[] {
  return grader.type === "multi" ? Object.values(grader.graders) : [grader];
}
