/**
 * Whether two evaluations may be compared: a difference is the training's only where nothing else differs.
 * @module
 */
import { UserError } from "../util/errors.js";
import { type Evaluation, type EvaluationSample, groupByProblem } from "./evaluation.js";

/** The answers of both models to one problem. */
export interface ProblemPair {
  base: EvaluationSample[];
  tuned: EvaluationSample[];
}

/** The problems of two evaluations, paired. Throws a `UserError` that names what differs: problems, graders or settings. */
export function pairProblems(base: Evaluation, tuned: Evaluation): ProblemPair[] {
  refuseOtherSettings(base, tuned);
  const baseGroups = groupByProblem(base.samples);
  const tunedGroups = groupByProblem(tuned.samples);
  const pairs = [...baseGroups].flatMap(([id, samples]) => {
    const others = tunedGroups.get(id);
    return others ? [{ base: samples, tuned: others }] : [];
  });
  if (pairs.length < baseGroups.size || pairs.length < tunedGroups.size)
    throw new UserError(
      `Cannot compare: ${base.deployment} was asked ${baseGroups.size} problems and ${tuned.deployment} ${tunedGroups.size}, ` +
        `of which ${pairs.length} are the same. Evaluate both on the same problems.`,
    );
  if (base.hashes.problems !== tuned.hashes.problems)
    throw new UserError(
      "Cannot compare: the problems have the same names, but their texts or reference answers differ. " +
        "Evaluate both models on the same file.",
    );
  return pairs;
}

function refuseOtherSettings(base: Evaluation, tuned: Evaluation): void {
  if (base.decoding !== tuned.decoding)
    throw new UserError(
      `Cannot compare answers decoded differently (${base.decoding}, ${tuned.decoding}). Evaluate both models the same way.`,
    );
  const settings = ["samplesPerProblem", "maxCompletionTokens", "reasoningEffort"] as const;
  const different = settings.find((setting) => base[setting] !== tuned[setting]);
  if (different)
    throw new UserError(
      `Cannot compare: ${different} was ${base[different] ?? "left out"} for ${base.deployment} and ` +
        `${tuned[different] ?? "left out"} for ${tuned.deployment}. Evaluate both models the same way.`,
    );
  if (base.hashes.grader !== tuned.hashes.grader || base.hashes.judge !== tuned.hashes.judge)
    throw new UserError(
      "Cannot compare: the two evaluations were graded by different graders. Evaluate both with the same grader and judge; " +
        "answers that are kept in a cacheDir are not asked for again.",
    );
}
