/**
 * The measurement that the notebook makes of every model, with the cookbook's choices: the same problems, as
 * many answers to each, the reward that trains, and answers that are kept between runs.
 * @module
 */
import { existsSync } from "node:fs";
import type { Connection } from "../connect/connect.js";
import { mathGrader } from "../grader/math-grader.js";
import { answerPrices } from "../service/models.js";
import { DataError } from "../util/errors.js";
import { defaultAnswersFolder } from "./answer-cache.js";
import { type EvaluationRequest, evaluateDeployment } from "./evaluate.js";
import type { Evaluation } from "./evaluation.js";
import { type EvaluationProblem, readEvaluationProblems } from "./problems.js";

/** The held-out problems, and how many answers to each are measured. */
export interface HeldOut {
  problems: EvaluationProblem[];
  samplesPerProblem: number;
}

/**
 * 200 problems of the validation file with four answers to each; on Azure without RUN_PAID_JOBS 25 with two,
 * which needs no consent. They are the same in every run: drawn by a fixed seed. Throws a `DataError` where
 * the file is not there yet.
 */
export async function readHeldOut(
  { settings }: Pick<Connection, "settings">,
  file = "validation.jsonl",
): Promise<HeldOut> {
  if (!existsSync(file)) throw new DataError(`There is no ${file} yet. Run section 2 first: it prepares the data.`);
  const [limit, samplesPerProblem] = settings.backend === "local" || settings.runPaidJobs ? [200, 4] : [25, 2];
  return { problems: await readEvaluationProblems(file, { limit, seed: 1 }), samplesPerProblem };
}

/** Which model to measure; the rest is {@link readHeldOut}'s. */
export type HeldOutRequest = Pick<
  EvaluationRequest,
  "deployment" | "servedModel" | "sandbox" | "greedy" | "onProgress"
>;

/**
 * Measures a deployment on the held-out problems by the math grader: at temperature 1, or greedily with one
 * answer to each problem. Answers are kept under `out/evaluations/answers`. Throws as `evaluateDeployment`
 * and {@link readHeldOut} do.
 *
 * @example
 * const base = await measureHeldOut(connection, { deployment: "o4-mini", onProgress: progressBar("Baseline") });
 */
export async function measureHeldOut(
  connection: Pick<Connection, "openai" | "settings">,
  request: HeldOutRequest,
): Promise<Evaluation> {
  const { settings } = connection;
  const { problems, samplesPerProblem } = await readHeldOut(connection);
  return evaluateDeployment(connection, {
    ...request,
    problems,
    samplesPerProblem: request.greedy ? 1 : samplesPerProblem,
    grader: mathGrader(),
    cacheDir: defaultAnswersFolder,
    prices: settings.backend === "local" ? undefined : answerPrices(settings.modelName),
  });
}
