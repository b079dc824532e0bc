/**
 * Whether a grader and a base model fit each other, told from the baseline before a job is paid for.
 *
 * The bands of the fail rate, the mean reward above which tuning is not worth it, and the rule that known-bad
 * outputs score below 5 of 10 are Microsoft's (the skill `finetuning` of github.com/microsoft/azure-skills,
 * as of August 2026). That a group of answers with equal rewards teaches nothing follows from the
 * group-relative advantage (GRPO, arXiv 2402.03300, section 4.1); how many such groups are too many is this
 * project's own choice, as is the limit of saturation.
 * @module
 */

import { runGrader } from "../grader/run-grader.js";
import { type GraderSandbox, openSandbox } from "../grader/sandbox.js";
import type { Grader, GraderRun, GraderSample } from "../service/graders.js";
import { ConfigurationError } from "../util/errors.js";
import type { Finding, Level } from "../util/finding.js";
import { mean } from "../util/numbers.js";
import { type Evaluation, type EvaluationSample, groupByProblem, isRight } from "./evaluation.js";
import { hasFailed } from "./grading.js";
import type { EvaluationProblem } from "./problems.js";

/**
 * What to calibrate with: the base model's evaluation, the problems it was asked, and the grader that the job
 * will train with.
 */
export interface CalibrationRequest {
  /** With at least two answers to each problem, rewarded by `grader`. */
  evaluation: Evaluation;
  problems: readonly EvaluationProblem[];
  grader: Grader;
  /** Where to grade; by default a sandbox is opened for this calibration alone, which takes some seconds. */
  sandbox?: GraderSandbox;
}

/** One check: what was found, what would be healthy, and whether to go on. */
export interface CalibrationFinding extends Finding {
  check: string;
  value: string;
  healthy: string;
}

/** The findings, ready for a table, and what follows from them. Shares and rewards are in [0, 1]. */
export interface Calibration {
  findings: CalibrationFinding[];
  /** "no go" where any finding says stop. */
  decision: "go" | "no go";
  /** Why, as a sentence or two. */
  reason: string;
  /** The reward of every answer. */
  rewards: number[];
  /** The share of answers that are not correct. */
  failRate: number;
  /** The share of problems whose answers all earn the same. */
  withoutSpread: number;
}

/** What one known-bad output earned on one problem. */
interface BadReward {
  name: string;
  run: GraderRun;
}

/**
 * Known-bad outputs are built from this many problems at most: the outputs follow patterns, so more would
 * show little new.
 */
const problemsForBadOutputs = 20;

/** Rewards closer than this are equal: sums of weights differ in their last digits. */
const tolerance = 1e-9;

/**
 * Checks `grader` on the base model's answers and on outputs that are known to be bad. It is no go where the
 * base never succeeds, where the grader fails, where a known-bad output earns as much as a right answer, and
 * where all answers to each problem earn the same; everything else is a reason to watch. Throws a `UserError`
 * for an evaluation with one answer a problem, because spread is what matters, and where there are no
 * problems.
 *
 * @example
 * const { decision, reason } = await calibrateGrader({ evaluation: base, problems, grader: mathGrader() });
 */
export async function calibrateGrader({
  evaluation,
  problems,
  grader,
  sandbox,
}: CalibrationRequest): Promise<Calibration> {
  if (evaluation.samplesPerProblem < 2)
    throw new ConfigurationError(
      "Calibrating needs at least two answers to each problem, to see whether their rewards differ. " +
        "Evaluate the base model with samplesPerProblem 4, not greedily.",
    );
  if (problems.length === 0)
    throw new ConfigurationError(
      "Calibrating needs the problems that were evaluated, to build known-bad outputs from them.",
    );
  const rewards = evaluation.samples.map(({ reward }) => reward);
  const failRate = 1 - evaluation.accuracy.value;
  const withoutSpread = shareOfProblems(evaluation, earnTheSame);
  const mixed = shareOfProblems(evaluation, areMixed);
  const badRewards = await gradeKnownBad(problems, grader, sandbox);
  const findings = [
    successes(evaluation, mixed),
    failures(evaluation),
    meanReward(rewards),
    saturation(rewards),
    spread(withoutSpread, evaluation.samplesPerProblem),
    knownBad(badRewards, evaluation),
    graderErrors(evaluation.graderFailures, badRewards),
  ];
  const decision = findings.some(({ level }) => level === "stop") ? "no go" : "go";
  return { findings, decision, reason: reasonFor(findings, withoutSpread, mixed), rewards, failRate, withoutSpread };
}

function successes({ samples }: Evaluation, mixed: number): CalibrationFinding {
  const right = samples.filter(isRight).length;
  return {
    check: "right answers",
    value: `${right} of ${samples.length}, beside wrong ones on ${percent(mixed)} of the problems`,
    healthy: "some, beside wrong ones",
    level: right === 0 ? "stop" : mixed > 0 ? "ok" : "watch",
  };
}

/** Upper ends of the bands of the fail rate; the last one reaches to 1. */
const failRateBands = [
  { below: 0.1, name: "too easy" },
  { below: 0.25, name: "weak" },
  { below: 0.5 + tolerance, name: "healthy" },
  { below: 0.7 + tolerance, name: "harsh" },
  { below: Number.POSITIVE_INFINITY, name: "too hard" },
];

function failures({ accuracy }: Evaluation): CalibrationFinding {
  const failRate = 1 - accuracy.value;
  const band = failRateBands.find(({ below }) => failRate < below)?.name ?? "unknown";
  return {
    check: "fail rate",
    value: `${percent(failRate)}, ${band} (95 % interval ${percent(1 - accuracy.high)} to ${percent(1 - accuracy.low)})`,
    healthy: "25 % to 50 %",
    level: band === "healthy" ? "ok" : "watch",
  };
}

function meanReward(rewards: readonly number[]): CalibrationFinding {
  const center = mean(rewards);
  const deviation = Math.sqrt(mean(rewards.map((reward) => (reward - center) ** 2)));
  return {
    check: "mean reward",
    value: `${center.toFixed(2)}, standard deviation ${deviation.toFixed(2)}`,
    healthy: "at most 0.90",
    level: center <= 0.9 ? "ok" : "watch",
  };
}

/** The best reward is the highest that was paid: a grader need not reach 1. */
function saturation(rewards: readonly number[]): CalibrationFinding {
  const best = Math.max(...rewards);
  const share = mean(rewards.map((reward) => Number(reward > best - tolerance)));
  return {
    check: "answers at the best reward",
    value: `${percent(share)} at ${best.toFixed(2)}`,
    healthy: "at most 75 %",
    level: share <= 0.75 ? "ok" : "watch",
  };
}

function spread(withoutSpread: number, samplesPerProblem: number): CalibrationFinding {
  return {
    check: "problems whose answers all earn the same",
    value: `${percent(withoutSpread)}, ${samplesPerProblem} answers each`,
    healthy: "at most 75 %",
    level: withoutSpread === 1 ? "stop" : withoutSpread <= 0.75 ? "ok" : "watch",
  };
}

/** Without a right answer to compare with, the published limit stands alone. */
function knownBad(rewards: readonly BadReward[], { samples }: Evaluation): CalibrationFinding {
  const right = samples.filter(isRight).map(({ reward }) => reward);
  const lowestRight = right.length > 0 ? Math.min(...right) : Number.POSITIVE_INFINITY;
  const highest = Math.max(...rewards.map(({ run }) => run.reward));
  const worst = rewards.find(({ run }) => run.reward === highest)?.name ?? "none";
  const paidLikeRight = highest > lowestRight - tolerance;
  const bound = right.length > 0 ? `below ${lowestRight.toFixed(2)}, the lowest of a right answer, and ` : "";
  return {
    check: "best paid known-bad output",
    value: `${highest.toFixed(2)} (${worst})`,
    healthy: `${bound}below 0.50`,
    level: paidLikeRight ? "stop" : highest < 0.5 ? "ok" : "watch",
  };
}

function graderErrors(answers: number, badRewards: readonly BadReward[]): CalibrationFinding {
  const failed = answers + badRewards.filter(({ run }) => hasFailed(run)).length;
  return { check: "grader errors", value: String(failed), healthy: "0", level: failed === 0 ? "ok" : "stop" };
}

function reasonFor(findings: readonly CalibrationFinding[], withoutSpread: number, mixed: number): string {
  const listed = (level: Level): string =>
    findings
      .filter((finding) => finding.level === level)
      .map(({ check, value, healthy }) => `${check} ${value}; healthy: ${healthy}.`)
      .join(" ");
  const stops = listed("stop");
  if (stops !== "") return `Do not submit the job yet: ${stops}`;
  const gradient =
    `There is something to learn from: the answers earn different rewards on ${percent(1 - withoutSpread)} of the problems, ` +
    `and on ${percent(mixed)} some are right and some wrong.`;
  const toWatch = listed("watch");
  return toWatch === "" ? gradient : `${gradient} To keep in mind: ${toWatch}`;
}

/** The share of problems of whose answers `holds` is true. */
function shareOfProblems({ samples }: Evaluation, holds: (answers: EvaluationSample[]) => boolean): number {
  return mean([...groupByProblem(samples).values()].map((answers) => Number(holds(answers))));
}

function earnTheSame(answers: readonly EvaluationSample[]): boolean {
  const rewards = answers.map(({ reward }) => reward);
  return Math.max(...rewards) - Math.min(...rewards) < tolerance;
}

function areMixed(answers: readonly EvaluationSample[]): boolean {
  return answers.some(isRight) && !answers.every(isRight);
}

async function gradeKnownBad(
  problems: readonly EvaluationProblem[],
  grader: Grader,
  given: GraderSandbox | undefined,
): Promise<BadReward[]> {
  const outputs: KnownBadOutput[] = problems.slice(0, problemsForBadOutputs).flatMap(knownBadOutputs);
  const sandbox = given ?? openSandbox();
  try {
    const runs = await runGrader(sandbox, grader, outputs);
    return runs.map((run, i) => ({ name: outputs[i]?.name ?? "", run }));
  } finally {
    if (!given) sandbox.close();
  }
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** A bad answer to one problem, and what kind of bad it is. */
export interface KnownBadOutput extends GraderSample {
  name: string;
}

/** No textbook problem has this answer. */
const wrongAnswer = "-98765.4321";

/**
 * Six bad answers to `problem`: nothing at all, the question repeated, and four that are built to look right,
 * of which three even name the right answer, but among others.
 */
export function knownBadOutputs({ messages, item }: EvaluationProblem): KnownBadOutput[] {
  const answer = String(item.answer ?? 0);
  const guesses = ["0", "1", "2", answer, wrongAnswer];
  const outputs = {
    empty: "",
    "echo of the prompt": messages.map(({ content }) => content).join("\n"),
    hedge: `Both are possible, so the answer is $\\boxed{${answer} \\text{ or } ${wrongAnswer}}$.`,
    "list of answers": `One of these must be right: $\\boxed{${guesses.join(", ")}}$`,
    "box spam": guesses.map((guess) => `The answer is $\\boxed{${guess}}$.`).join("\n"),
    "length stuffing": `${stuffing.repeat(20)}The answer is $\\boxed{${wrongAnswer}}$.`,
  };
  return Object.entries(outputs).map(([name, outputText]) => ({ name, outputText, item }));
}

/** Words that look like thought. */
const stuffing =
  "Let me think step by step. Wait, let me check this again: $1 + 1 = 2$, therefore the next step follows, and so on.\n";
