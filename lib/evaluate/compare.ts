/**
 * The base model and the tuned one on the same problems: what changed, and whether the difference is more
 * than chance. Two evaluations are only compared where nothing but the model differs.
 * @module
 */

import { ConfigurationError } from "../util/errors.js";
import { numberText, percentText, pointsText } from "../util/format.js";
import { mean } from "../util/numbers.js";
import {
  correctnessOf,
  type Evaluation,
  type EvaluationSample,
  groupByProblem,
  isRight,
  majorityAnswer,
} from "./evaluation.js";
import {
  differenceRange,
  type Estimate,
  estimateMean,
  exactMcNemar,
  passAtK,
  problemsNeeded,
  type Range,
  shareRange,
} from "./statistics.js";

/** Both models on one measure; `difference` is tuned minus base, its interval paired problem by problem. */
export interface MeasureComparison {
  base: Estimate;
  tuned: Estimate;
  difference: Estimate;
}

/** The accuracy on the problems of one type. */
export interface ProblemTypeComparison extends MeasureComparison {
  problemType: string;
  problems: number;
}

/** The share of problems that `k` answers solve. */
export interface AnswersComparison extends MeasureComparison {
  k: number;
}

/** Two evaluations side by side. */
export interface Comparison {
  baseDeployment: string;
  tunedDeployment: string;
  decoding: Evaluation["decoding"];
  problems: number;
  reward: MeasureComparison;
  accuracy: MeasureComparison;
  formatCompliance: MeasureComparison;
  /**
   * Whether one of k answers is right (the unbiased estimate), for k = 1, 2, 4 and so on up to all answers to
   * a problem.
   */
  passAtK: AnswersComparison[];
  /** Whether the majority of all k answers to a problem is right. */
  majorityAtK: AnswersComparison;
  /** Tokens of an answer, reasoning included. */
  completionTokens: MeasureComparison;
  /** How long an answer took. */
  seconds: MeasureComparison;
  /** The largest type first. */
  byProblemType: ProblemTypeComparison[];
  /** Problems whose majority answer became right or wrong, and the p-value of McNemar's exact test on them. */
  majorityChanges: { gained: number; lost: number; p: number };
  /**
   * How many problems it would take to see a difference in accuracy of this size four times in five; null
   * where that cannot be told.
   */
  power: { difference: number; problems: number | null };
  /** The finding, ready to be reported. */
  sentence: string;
}

/** A problem whose majority answer is right with one model and wrong with the other. */
export interface ChangedProblem {
  problemId: string;
  problemType: string;
  problem: string;
  change: "gained" | "lost";
  /**
   * An output that gives the majority answer, that answer (null without a box), and the share of right
   * answers.
   */
  baseAnswer: string;
  baseFinalAnswer: string | null;
  baseAccuracy: number;
  tunedAnswer: string;
  tunedFinalAnswer: string | null;
  tunedAccuracy: number;
}

/** The difference in accuracy that {@link Comparison.power} speaks of. */
const relevantDifference = 0.05;

/**
 * Compares two evaluations of the same problems. Throws a `ConfigurationError` if the problems, the graders
 * or the settings differ, because then the difference would not be the training's.
 *
 * @example
 * const { sentence, accuracy } = compareEvaluations(base, tuned);
 */
export function compareEvaluations(base: Evaluation, tuned: Evaluation): Comparison {
  const pairs = pairProblems(base, tuned);
  const accuracy = compareMeans(pairs, correctnessOf);
  const changes = pairs.map(changeOf);
  const gained = changes.filter((change) => change === "gained").length;
  const lost = changes.filter((change) => change === "lost").length;
  const differences = pairs.map(({ base, tuned }) => meanOf(tuned, correctnessOf) - meanOf(base, correctnessOf));
  const power = { difference: relevantDifference, problems: problemsNeeded(differences, relevantDifference) };
  return {
    baseDeployment: base.deployment,
    tunedDeployment: tuned.deployment,
    decoding: base.decoding,
    problems: pairs.length,
    reward: compareMeans(pairs, ({ reward }) => reward),
    accuracy,
    formatCompliance: compareMeans(pairs, ({ criteria }) => criteria.format ?? 0),
    passAtK: powersOfTwo(base.samplesPerProblem).map((k) => comparePassAtK(pairs, k)),
    majorityAtK: {
      k: base.samplesPerProblem,
      ...compareMeasure(pairs, (samples) => [Number(majorityAnswer(samples).right)]),
    },
    completionTokens: compareAmounts(pairs, ({ completionTokens }) => completionTokens),
    seconds: compareAmounts(pairs, ({ seconds }) => seconds),
    byProblemType: compareTypes(pairs),
    majorityChanges: { gained, lost, p: exactMcNemar(gained, lost) },
    power,
    sentence: reportSentence(accuracy, pairs.length, power),
  };
}

/**
 * The problems whose majority answer changed: those gained first, then those lost. Throws as
 * {@link compareEvaluations} does.
 */
export function changedProblems(base: Evaluation, tuned: Evaluation): ChangedProblem[] {
  const changed = pairProblems(base, tuned).flatMap((pair) => {
    const change = changeOf(pair);
    if (change === null) return [];
    const { problemId, problemType, problem } = pair.base[0] as EvaluationSample;
    const [before, after] = [majorityAnswer(pair.base).sample, majorityAnswer(pair.tuned).sample];
    return {
      problemId,
      problemType,
      problem,
      change,
      baseAnswer: before.outputText,
      baseFinalAnswer: before.finalAnswer,
      baseAccuracy: meanOf(pair.base, correctnessOf),
      tunedAnswer: after.outputText,
      tunedFinalAnswer: after.finalAnswer,
      tunedAccuracy: meanOf(pair.tuned, correctnessOf),
    };
  });
  return changed.sort((a, b) => a.change.localeCompare(b.change));
}

/**
 * `valuesOf` returns what the mean is taken of: a value for each sample of a problem, or a single one for all
 * of them.
 */
function compareMeasure(
  pairs: readonly ProblemPair[],
  valuesOf: (samples: readonly EvaluationSample[]) => number[],
  range: Range = shareRange,
  rangeOfDifference: Range = differenceRange,
): MeasureComparison {
  const values = pairs.map(({ base, tuned }) => ({ base: valuesOf(base), tuned: valuesOf(tuned) }));
  return {
    base: estimateMean(
      values.map(({ base }) => base),
      range,
    ),
    tuned: estimateMean(
      values.map(({ tuned }) => tuned),
      range,
    ),
    difference: estimateMean(
      values.map(({ base, tuned }) => [mean(tuned) - mean(base)]),
      rangeOfDifference,
    ),
  };
}

/** A share or reward, in [0, 1]. */
function compareMeans(pairs: readonly ProblemPair[], measure: (sample: EvaluationSample) => number): MeasureComparison {
  return compareMeasure(pairs, (samples) => samples.map(measure));
}

/** An amount without a bound: the largest that was seen stands for it. */
function compareAmounts(
  pairs: readonly ProblemPair[],
  measure: (sample: EvaluationSample) => number,
): MeasureComparison {
  const largest = pairs.reduce(
    (most, { base, tuned }) => Math.max(most, ...base.map(measure), ...tuned.map(measure)),
    0,
  );
  return compareMeasure(pairs, (samples) => samples.map(measure), [0, largest], [-largest, largest]);
}

function comparePassAtK(pairs: readonly ProblemPair[], k: number): AnswersComparison {
  const solved = (samples: readonly EvaluationSample[]): number[] => [
    passAtK(samples.length, samples.filter(isRight).length, k),
  ];
  return { k, ...compareMeasure(pairs, solved) };
}

/** 1, 2, 4 and so on below `most`, and `most` itself. */
function powersOfTwo(most: number): number[] {
  const below = Array.from({ length: Math.ceil(Math.log2(most)) }, (_, power) => 2 ** power);
  return [...below, most];
}

function compareTypes(pairs: readonly ProblemPair[]): ProblemTypeComparison[] {
  const typeOf = ({ base }: ProblemPair): string => base[0]?.problemType ?? "unknown";
  const comparisons = [...new Set(pairs.map(typeOf))].map((problemType) => {
    const ofType = pairs.filter((pair) => typeOf(pair) === problemType);
    return { problemType, problems: ofType.length, ...compareMeans(ofType, correctnessOf) };
  });
  return comparisons.sort((a, b) => b.problems - a.problems || a.problemType.localeCompare(b.problemType));
}

function changeOf({ base, tuned }: ProblemPair): ChangedProblem["change"] | null {
  const [before, after] = [majorityAnswer(base).right, majorityAnswer(tuned).right];
  if (before === after) return null;
  return after ? "gained" : "lost";
}

function meanOf(samples: readonly EvaluationSample[], measure: (sample: EvaluationSample) => number): number {
  return mean(samples.map(measure));
}

function reportSentence(
  { base, tuned, difference }: MeasureComparison,
  problems: number,
  power: Comparison["power"],
): string {
  const change = `from ${percentText(base.value)} to ${percentText(tuned.value)}`;
  const interval = `${pointsText(difference.value)} points, 95 % interval ${pointsText(difference.low)} to ${pointsText(difference.high)}`;
  if (difference.low > 0) return `On ${problems} problems, accuracy rises ${change} (${interval}).`;
  if (difference.high < 0) return `On ${problems} problems, accuracy falls ${change} (${interval}).`;
  const needed =
    power.problems === null
      ? ""
      : ` To see a difference of ${Math.round(100 * power.difference)} points four times in five, about ` +
        `${numberText(power.problems)} problems are needed.`;
  return `No difference shown on ${problems} problems: accuracy goes ${change} (${interval}, which includes zero).${needed}`;
}

/** The answers of both models to one problem. */
export interface ProblemPair {
  base: EvaluationSample[];
  tuned: EvaluationSample[];
}

/**
 * The problems of two evaluations, paired. Throws a `ConfigurationError` that names what differs: problems,
 * graders or settings.
 */
export function pairProblems(base: Evaluation, tuned: Evaluation): ProblemPair[] {
  refuseOtherSettings(base, tuned);
  const baseGroups = groupByProblem(base.samples);
  const tunedGroups = groupByProblem(tuned.samples);
  const pairs = [...baseGroups].flatMap(([id, samples]) => {
    const others = tunedGroups.get(id);
    return others ? [{ base: samples, tuned: others }] : [];
  });
  if (pairs.length < baseGroups.size || pairs.length < tunedGroups.size)
    throw new ConfigurationError(
      `Cannot compare: ${base.deployment} was asked ${baseGroups.size} problems and ${tuned.deployment} ${tunedGroups.size}, ` +
        `of which ${pairs.length} are the same. Evaluate both on the same problems.`,
    );
  if (base.hashes.problems !== tuned.hashes.problems)
    throw new ConfigurationError(
      "Cannot compare: the problems have the same names, but their texts or reference answers differ. " +
        "Evaluate both models on the same file.",
    );
  return pairs;
}

function refuseOtherSettings(base: Evaluation, tuned: Evaluation): void {
  if (base.decoding !== tuned.decoding)
    throw new ConfigurationError(
      `Cannot compare answers decoded differently (${base.decoding}, ${tuned.decoding}). Evaluate both models the same way.`,
    );
  const settings = ["samplesPerProblem", "maxCompletionTokens", "reasoningEffort"] as const;
  const different = settings.find((setting) => base[setting] !== tuned[setting]);
  if (different)
    throw new ConfigurationError(
      `Cannot compare: ${different} was ${base[different] ?? "not set"} for ${base.deployment} and ` +
        `${tuned[different] ?? "not set"} for ${tuned.deployment}. Evaluate both models the same way.`,
    );
  if (base.hashes.grader !== tuned.hashes.grader || base.hashes.verifier !== tuned.hashes.verifier)
    throw new ConfigurationError(
      "Cannot compare: the two evaluations were graded by different graders. Evaluate both with the same grader and verifier; " +
        "answers that are kept in a cacheDir are not asked for again.",
    );
}
