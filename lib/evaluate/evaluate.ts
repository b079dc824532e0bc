/**
 * Measures one deployment: asks it every problem several times and grades what it answers.
 * @module
 */
import type { Connection } from "../connect.js";
import { UserError } from "../errors.js";
import { mathGrader } from "../grader/math-grader.js";
import { runGrader } from "../grader/run-grader.js";
import { type GraderSandbox, openSandbox } from "../grader/sandbox.js";
import { mapConcurrently } from "../map-concurrently.js";
import { requirePaidJobs } from "../paid.js";
import type { Grader, GraderRun } from "../service/graders.js";
import { askDeployment, type Question, type Reply } from "./ask.js";
import type { EvaluationProblem } from "./problems.js";
import { type Estimate, estimateMean, type Range, shareRange } from "./statistics.js";

/** What to measure, and with what. */
export interface EvaluationRequest
  extends Pick<Question, "maxCompletionTokens" | "reasoningEffort" | "greedy" | "signal"> {
  /** Null, as in settings without a baseline, is refused with a message. */
  deployment: string | null;
  problems: readonly EvaluationProblem[];
  samplesPerProblem: number;
  /** Decides the reward. */
  grader: Grader;
  /** Decides accuracy and format by its parts `correctness` and `format`; left out, `grader` if it has both, else the math grader. */
  judge?: Grader;
  /** Where to grade; left out, a sandbox is opened for this evaluation alone, which takes some seconds. */
  sandbox?: GraderSandbox;
  /** Calls under way at the same time; 32 if left out. */
  concurrency?: number;
  onProgress?: (progress: { done: number; total: number }) => void;
}

/** One answer to one problem. Tokens as the service counts them, `seconds` until the answer was there. */
export interface EvaluationSample {
  problemId: string;
  problemType: string;
  /** What was asked: the user's message. */
  problem: string;
  outputText: string;
  finishReason: string;
  reward: number;
  /** What each part of the judge gives the answer; `correctness` and `format` among them. */
  criteria: Record<string, number>;
  promptTokens: number;
  completionTokens: number;
  reasoningTokens: number;
  seconds: number;
}

/** A measured deployment. The intervals are for problems drawn anew; `completionTokens` is the mean of an answer. */
export interface Evaluation {
  deployment: string;
  decoding: "temperature 1" | "greedy";
  problems: number;
  samplesPerProblem: number;
  /** Problem by problem, the answers to one problem together. */
  samples: EvaluationSample[];
  reward: Estimate;
  accuracy: Estimate;
  formatCompliance: Estimate;
  completionTokens: Estimate;
  /** Answers that met the token limit. */
  cutOff: number;
  /** Answers on which a grader failed, each counted as 0: anything but zero means the grader needs repair. */
  graderFailures: number;
  /** From the first question to the last grade. */
  seconds: number;
}

/** Calls that an evaluation on Azure may make without the consent of RUN_PAID_JOBS. */
const freeCalls = 50;

/**
 * Asks `samplesPerProblem` times every problem, in parallel, and grades all answers in the local sandbox. Throws a `UserError`
 * before the first call where there is nothing to measure, and where a grader fails on every answer, because that would not be a
 * measurement; `RunEndsHere` where consent to the cost is missing; and the service's error if a call fails in spite of retries.
 */
export async function evaluateDeployment(
  connection: Pick<Connection, "openai" | "settings">,
  request: EvaluationRequest,
): Promise<Evaluation> {
  const { problems, samplesPerProblem, grader, judge = judgeFor(grader), greedy = false } = request;
  const deployment = checkRequest(connection, request, judge);
  const start = performance.now();
  const ask = ({ messages }: EvaluationProblem): Promise<Reply> =>
    askDeployment(connection, { ...request, deployment, messages });
  if (greedy) await ask(problems[0] as EvaluationProblem);

  const questions = problems.flatMap((problem) => Array.from({ length: samplesPerProblem }, () => problem));
  let done = 0;
  const replies = await mapConcurrently(questions, request.concurrency ?? 32, async (problem) => {
    const reply = await ask(problem);
    done += 1;
    request.onProgress?.({ done, total: questions.length });
    return reply;
  });

  const answers = replies.map(({ text }, i) => ({ outputText: text, item: (questions[i] as EvaluationProblem).item }));
  const { runs, verdicts } = await gradeAll(request.sandbox, grader, judge, answers);
  const samples = replies.map((reply, i) =>
    sampleOf(questions[i] as EvaluationProblem, reply, runs[i] as GraderRun, verdicts[i] as GraderRun),
  );
  const estimate = (measure: (sample: EvaluationSample) => number, range: Range): Estimate =>
    estimateMean(
      [...groupByProblem(samples).values()].map((group) => group.map(measure)),
      range,
    );
  return {
    deployment,
    decoding: greedy ? "greedy" : "temperature 1",
    problems: problems.length,
    samplesPerProblem,
    samples,
    reward: estimate(({ reward }) => reward, shareRange),
    accuracy: estimate(correctnessOf, shareRange),
    formatCompliance: estimate(({ criteria }) => criteria.format ?? 0, shareRange),
    completionTokens: estimate(({ completionTokens }) => completionTokens, rangeOf(samples)),
    cutOff: samples.filter(({ finishReason }) => finishReason === "length").length,
    graderFailures: runs.filter((run, i) => hasFailed(run) || hasFailed(verdicts[i] as GraderRun)).length,
    seconds: (performance.now() - start) / 1000,
  };
}

/** No answer can be shorter or longer than the ones that were seen: tokens have no bound that would say more. */
function rangeOf(samples: readonly EvaluationSample[]): Range {
  const lengths = samples.map(({ completionTokens }) => completionTokens);
  return [Math.min(...lengths), Math.max(...lengths)];
}

/** 1 for a right final answer, 0 for a wrong one, as the judge decided. */
export function correctnessOf({ criteria }: EvaluationSample): number {
  return criteria.correctness ?? 0;
}

/** The samples of each problem, by its id, in the order of their first appearance. */
export function groupByProblem(samples: readonly EvaluationSample[]): Map<string, EvaluationSample[]> {
  const groups = new Map<string, EvaluationSample[]>();
  for (const sample of samples) {
    const group = groups.get(sample.problemId);
    if (group) group.push(sample);
    else groups.set(sample.problemId, [sample]);
  }
  return groups;
}

/** Returns the deployment's name once all else is fit for measuring. */
function checkRequest(
  { settings }: Pick<Connection, "settings">,
  { deployment, problems, samplesPerProblem, greedy }: EvaluationRequest,
  judge: Grader,
): string {
  if (!deployment)
    throw new UserError("No deployment to evaluate: set DEPLOYMENT_NAME in .env to a deployment of the base model.");
  if (problems.length === 0 || samplesPerProblem < 1)
    throw new UserError("Nothing to evaluate: at least one problem and one sample a problem are needed.");
  if (greedy && samplesPerProblem > 1)
    throw new UserError("Greedy decoding always gives the same answer: set samplesPerProblem to 1.");
  if (!hasVerdicts(judge))
    throw new UserError(`The judge "${judge.name}" must be a multi grader with parts named correctness and format.`);
  const calls = problems.length * samplesPerProblem;
  if (calls > freeCalls) requirePaidJobs({ settings }, `An evaluation of more than ${freeCalls} calls`);
  return deployment;
}

function judgeFor(grader: Grader): Grader {
  return hasVerdicts(grader) ? grader : mathGrader();
}

function hasVerdicts(grader: Grader): boolean {
  return grader.type === "multi" && "correctness" in grader.graders && "format" in grader.graders;
}

async function gradeAll(
  given: GraderSandbox | undefined,
  grader: Grader,
  judge: Grader,
  answers: { outputText: string; item: Record<string, unknown> }[],
): Promise<{ runs: GraderRun[]; verdicts: GraderRun[] }> {
  const sandbox = given ?? openSandbox();
  try {
    const runs = await runGrader(sandbox, grader, answers);
    const isJudge = JSON.stringify(judge) === JSON.stringify(grader);
    const verdicts = isJudge ? runs : await runGrader(sandbox, judge, answers);
    if (runs.every(hasFailed)) throw brokenGrader(grader, runs);
    if (verdicts.every(hasFailed)) throw brokenGrader(judge, verdicts);
    return { runs, verdicts };
  } finally {
    if (!given) sandbox.close();
  }
}

function sampleOf(problem: EvaluationProblem, reply: Reply, run: GraderRun, verdict: GraderRun): EvaluationSample {
  const { text, ...measured } = reply;
  return {
    problemId: problem.id,
    problemType: problem.problemType,
    problem: problem.messages.at(-1)?.content ?? "",
    outputText: text,
    reward: run.reward,
    criteria: verdict.sub_rewards,
    ...measured,
  };
}

function brokenGrader(grader: Grader, runs: GraderRun[]): UserError {
  const details = runs[0]?.metadata.errors.python_grader_runtime_error_details ?? "see the error flags of runGrader";
  return new UserError(
    `The grader "${grader.name}" fails on every answer: ${details}\nTry it on one sample with runGrader and repair it.`,
  );
}

/** Whether any error flag is set; the other entries are details, null while nothing is wrong. */
/** Whether any error flag is set; the other entries are details, null while nothing is wrong. */
export function hasFailed({ metadata }: GraderRun): boolean {
  return Object.values(metadata.errors).includes(true);
}
