/**
 * Measures one deployment: asks it every problem several times and grades what it answers.
 * @module
 */
import { type Connection, requirePaidJobs } from "../connect/connect.js";
import { mathGrader } from "../grader/math-grader.js";
import { type GraderSandbox, openSandbox } from "../grader/sandbox.js";
import type { Grader } from "../service/graders.js";
import { ConfigurationError, type UserError } from "../util/errors.js";
import { sha256 } from "../util/hash.js";
import { interruptible } from "../util/interrupt.js";
import { defaultCompletionTokens, type Question, type Reply } from "./ask.js";
import { askAll, dollarsFor, type EvaluationProgress, type TokenPrices } from "./ask-all.js";
import { correctnessOf, type Evaluation, type EvaluationSample, groupByProblem } from "./evaluation.js";
import { type Grade, GradingQueue, nameFinalAnswers } from "./grading.js";
import type { EvaluationProblem } from "./problems.js";
import { type Estimate, estimateMean, type Range, shareRange } from "./statistics.js";

export type { EvaluationProgress, TokenPrices } from "./ask-all.js";
export type { Evaluation, EvaluationSample } from "./evaluation.js";

/** What to measure, and with what. */
export interface EvaluationRequest
  extends Pick<Question, "maxCompletionTokens" | "reasoningEffort" | "greedy" | "signal"> {
  /** Null, as in settings without a baseline, is refused with a message. */
  deployment: string | null;
  problems: readonly EvaluationProblem[];
  samplesPerProblem: number;
  /** Decides the reward. */
  grader: Grader;
  /**
   * Decides accuracy and format by its parts `correctness` and `format`; by default `grader` if it has both,
   * else the math grader.
   */
  verifier?: Grader;
  /** Where to grade; by default a sandbox is opened for this evaluation alone, which takes some seconds. */
  sandbox?: GraderSandbox;
  /**
   * Calls under way at the same time at most; 64 by default. Where the service's limits are reached, there
   * are fewer.
   */
  concurrency?: number;
  /**
   * A folder where answers are kept, so that a repeated evaluation asks only for what is missing; by
   * default nothing is kept.
   */
  cacheDir?: string;
  /**
   * The model that the deployment serves: where the deployment is gone, the answers that are kept of this
   * model stand for it.
   */
  servedModel?: string | null;
  /** Of the model that is asked; without them no cost is told. */
  prices?: TokenPrices;
  onProgress?: (progress: EvaluationProgress) => void;
}

/** Calls that an evaluation on Azure may make without the consent of RUN_PAID_JOBS. */
const freeCalls = 50;

/**
 * Asks `samplesPerProblem` times every problem, in parallel, and grades the answers in the local sandbox
 * while others are asked. Throws a `UserError` before the first call where there is nothing to measure, where
 * a call fails in spite of repeating it, and where a grader fails on every answer, because that would not be
 * a measurement; and `RunEndsHere` where consent to the cost is missing.
 * Without a signal, an interrupt of the cell or of the program ends it.
 *
 * @example
 * const base = await evaluateDeployment(connection, {
 *   deployment: settings.baseDeployment, problems, samplesPerProblem: 4, grader: mathGrader(),
 * });
 */
export function evaluateDeployment(
  connection: Pick<Connection, "openai" | "settings">,
  request: EvaluationRequest,
): Promise<Evaluation> {
  const rest = request.cacheDir === undefined ? "it begins anew" : "it asks only for the answers that are missing";
  const farewell = `The evaluation of "${request.deployment}" has stopped. Run this cell again: ${rest}.`;
  return interruptible((signal) => evaluate(connection, { ...request, signal }), farewell, request.signal);
}

async function evaluate(
  connection: Pick<Connection, "openai" | "settings">,
  request: EvaluationRequest,
): Promise<Evaluation> {
  const { problems, samplesPerProblem, grader, verifier = verifierFor(grader), concurrency = 64 } = request;
  const deployment = checkRequest(connection, request, verifier);
  const start = performance.now();
  const sandbox = request.sandbox ?? openSandbox();
  try {
    const grading = new GradingQueue(sandbox, grader, verifier);
    const problemAt = (index: number): EvaluationProblem =>
      problems[Math.floor(index / samplesPerProblem)] as EvaluationProblem;
    let progress: EvaluationProgress | undefined;
    const tell = (current: EvaluationProgress): void => {
      progress = current;
      request.onProgress?.(current);
    };
    const { replies, model, reused } = await askAll(connection, {
      ...request,
      onProgress: tell,
      deployment,
      concurrency,
      questions: problems.flatMap(({ messages }) =>
        Array.from({ length: samplesPerProblem }, (_, sample) => ({ messages, sample })),
      ),
      onReply: (index, { text }) => grading.add(index, { outputText: text, item: problemAt(index).item }),
    });
    if (progress) tell({ ...progress, note: "grading" });
    const grades = await grading.finish();
    refuseBroken(grades, grader, verifier);
    const answers = replies.map((reply, i) => answerOf(problemAt(i), reply, grades[i] as Grade));
    const samples = await withFinalAnswers(sandbox, answers);
    if (progress) tell({ ...progress, note: undefined });
    return {
      deployment,
      model,
      decoding: request.greedy ? "greedy" : "temperature 1",
      maxCompletionTokens: request.maxCompletionTokens ?? defaultCompletionTokens,
      reasoningEffort: request.reasoningEffort ?? null,
      hashes: { problems: hashOfProblems(problems), grader: hashOf(grader), verifier: hashOf(verifier) },
      problems: problems.length,
      samplesPerProblem,
      samples,
      ...measures(samples),
      graderFailures: grades.filter(({ graderFailure, verifierFailure }) => graderFailure ?? verifierFailure).length,
      reused,
      dollars: request.prices ? replies.reduce((sum, reply) => sum + dollarsFor(reply, request.prices), 0) : null,
      seconds: (performance.now() - start) / 1000,
    };
  } finally {
    if (!request.sandbox) sandbox.close();
  }
}

type Measures = Pick<
  Evaluation,
  "reward" | "accuracy" | "formatCompliance" | "completionTokens" | "cutOff" | "withheld"
>;

function measures(samples: readonly EvaluationSample[]): Measures {
  const groups = [...groupByProblem(samples).values()];
  const estimate = (measure: (sample: EvaluationSample) => number, range: Range): Estimate =>
    estimateMean(
      groups.map((group) => group.map(measure)),
      range,
    );
  const endedBy = (...reasons: string[]): number =>
    samples.filter(({ finishReason }) => reasons.includes(finishReason)).length;
  return {
    reward: estimate(({ reward }) => reward, shareRange),
    accuracy: estimate(correctnessOf, shareRange),
    formatCompliance: estimate(({ criteria }) => criteria.format ?? 0, shareRange),
    completionTokens: estimate(({ completionTokens }) => completionTokens, rangeOf(samples)),
    cutOff: endedBy("length"),
    withheld: endedBy("content_filter", "refusal"),
  };
}

/**
 * No answer can be shorter or longer than the ones that were seen: tokens have no bound that would say more.
 */
function rangeOf(samples: readonly EvaluationSample[]): Range {
  const lengths = samples.map(({ completionTokens }) => completionTokens);
  return [Math.min(...lengths), Math.max(...lengths)];
}

/** Returns the deployment's name once all else is fit for measuring. */
function checkRequest(
  { settings }: Pick<Connection, "settings">,
  { deployment, problems, samplesPerProblem, greedy }: EvaluationRequest,
  verifier: Grader,
): string {
  if (!deployment)
    throw new ConfigurationError(
      "No deployment to evaluate: set DEPLOYMENT_NAME in .env to a deployment of the base model.",
    );
  if (problems.length === 0 || samplesPerProblem < 1)
    throw new ConfigurationError("Nothing to evaluate: at least one problem and one sample a problem are needed.");
  if (greedy && samplesPerProblem > 1)
    throw new ConfigurationError("Greedy decoding always gives the same answer: set samplesPerProblem to 1.");
  if (!verifies(verifier))
    throw new ConfigurationError(
      `The verifier "${verifier.name}" must be a multi grader with parts named correctness and format.`,
    );
  const calls = problems.length * samplesPerProblem;
  if (calls > freeCalls) requirePaidJobs({ settings }, `An evaluation of more than ${freeCalls} calls`);
  return deployment;
}

function verifierFor(grader: Grader): Grader {
  return verifies(grader) ? grader : mathGrader();
}

function verifies(grader: Grader): boolean {
  return grader.type === "multi" && "correctness" in grader.graders && "format" in grader.graders;
}

function refuseBroken(grades: readonly Grade[], grader: Grader, verifier: Grader): void {
  if (grades.every(({ graderFailure }) => graderFailure)) throw brokenGrader(grader, grades[0]?.graderFailure);
  if (grades.every(({ verifierFailure }) => verifierFailure)) throw brokenGrader(verifier, grades[0]?.verifierFailure);
}

function brokenGrader(grader: Grader, details: string | null | undefined): UserError {
  return new ConfigurationError(
    `The grader "${grader.name}" fails on every answer: ${details}\nTry it on one sample with runGrader and repair it.`,
  );
}

/** Before equal answers have one name, `finalAnswer` is what was extracted. */
function answerOf(problem: EvaluationProblem, reply: Reply, grade: Grade): EvaluationSample {
  return {
    problemId: problem.id,
    problemType: problem.problemType,
    problem: problem.messages.at(-1)?.content ?? "",
    outputText: reply.text,
    finalAnswer: grade.extracted,
    finishReason: reply.finishReason,
    reward: grade.reward,
    criteria: grade.criteria,
    promptTokens: reply.promptTokens,
    completionTokens: reply.completionTokens,
    reasoningTokens: reply.reasoningTokens,
    seconds: reply.seconds,
  };
}

async function withFinalAnswers(
  sandbox: GraderSandbox,
  samples: readonly EvaluationSample[],
): Promise<EvaluationSample[]> {
  const groups = [...groupByProblem(samples).values()];
  const names = await nameFinalAnswers(
    sandbox,
    groups.map((group) =>
      group.map((sample) => ({ extracted: sample.finalAnswer, right: correctnessOf(sample) > 0.5 })),
    ),
  );
  return groups.flatMap((group, i) => group.map((sample, j) => ({ ...sample, finalAnswer: names[i]?.[j] ?? null })));
}

function hashOfProblems(problems: readonly EvaluationProblem[]): string {
  return hashOf(problems.map(({ id, messages, item }) => hashOf({ id, messages, item })).sort());
}

function hashOf(value: unknown): string {
  return sha256(JSON.stringify(value));
}
