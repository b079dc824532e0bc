/**
 * The base model and the tuned one on the same problems: what changed, and whether the difference is more than chance.
 * @module
 */
import { UserError } from "../errors.js";
import { correctnessOf, type Evaluation, type EvaluationSample, groupByProblem } from "./evaluation.js";
import { differenceRange, type Estimate, estimateMean, exactMcNemar, shareRange } from "./statistics.js";

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

/** Two evaluations side by side. */
export interface Comparison {
  baseDeployment: string;
  tunedDeployment: string;
  decoding: Evaluation["decoding"];
  problems: number;
  reward: MeasureComparison;
  accuracy: MeasureComparison;
  formatCompliance: MeasureComparison;
  /** The largest type first. */
  byProblemType: ProblemTypeComparison[];
  /** Problems whose majority verdict changed, and the p-value of McNemar's exact test on them. */
  verdicts: { gained: number; lost: number; p: number };
  /** The finding, ready to be reported. */
  sentence: string;
}

/** A problem that most answers got right with one model and not with the other. */
export interface ChangedProblem {
  problemId: string;
  problemType: string;
  problem: string;
  change: "gained" | "lost";
  /** A typical answer of each model, and the share of its answers that were right. */
  baseAnswer: string;
  baseAccuracy: number;
  tunedAnswer: string;
  tunedAccuracy: number;
}

interface Pair {
  base: EvaluationSample[];
  tuned: EvaluationSample[];
}

/**
 * Compares two evaluations of the same problems. Throws a `UserError` if the problems or the decoding differ,
 * because then the difference would not be the training's.
 */
export function compareEvaluations(base: Evaluation, tuned: Evaluation): Comparison {
  const pairs = pairProblems(base, tuned);
  const accuracy = compareMeasure(pairs, correctnessOf);
  const changes = pairs.map(changeOf);
  const gained = changes.filter((change) => change === "gained").length;
  const lost = changes.filter((change) => change === "lost").length;
  return {
    baseDeployment: base.deployment,
    tunedDeployment: tuned.deployment,
    decoding: base.decoding,
    problems: pairs.length,
    reward: compareMeasure(pairs, ({ reward }) => reward),
    accuracy,
    formatCompliance: compareMeasure(pairs, ({ criteria }) => criteria.format ?? 0),
    byProblemType: compareTypes(pairs),
    verdicts: { gained, lost, p: exactMcNemar(gained, lost) },
    sentence: reportSentence(accuracy, pairs.length),
  };
}

/** The problems whose majority verdict changed: those gained first, then those lost. Throws as {@link compareEvaluations} does. */
export function changedProblems(base: Evaluation, tuned: Evaluation): ChangedProblem[] {
  const changed = pairProblems(base, tuned).flatMap((pair) => {
    const change = changeOf(pair);
    if (change === null) return [];
    const { problemId, problemType, problem } = pair.base[0] as EvaluationSample;
    return {
      problemId,
      problemType,
      problem,
      change,
      baseAnswer: typicalAnswer(pair.base),
      baseAccuracy: accuracyOf(pair.base),
      tunedAnswer: typicalAnswer(pair.tuned),
      tunedAccuracy: accuracyOf(pair.tuned),
    };
  });
  return changed.sort((a, b) => a.change.localeCompare(b.change));
}

function pairProblems(base: Evaluation, tuned: Evaluation): Pair[] {
  if (base.decoding !== tuned.decoding)
    throw new UserError(
      `Cannot compare answers decoded differently (${base.decoding}, ${tuned.decoding}). Evaluate both models the same way.`,
    );
  const tunedGroups = groupByProblem(tuned.samples);
  const baseGroups = groupByProblem(base.samples);
  const pairs = [...baseGroups].flatMap(([id, samples]) => {
    const others = tunedGroups.get(id);
    return others ? [{ base: samples, tuned: others }] : [];
  });
  if (pairs.length < baseGroups.size || pairs.length < tunedGroups.size)
    throw new UserError(
      `Cannot compare: ${base.deployment} was asked ${baseGroups.size} problems and ${tuned.deployment} ${tunedGroups.size}, ` +
        `of which ${pairs.length} are the same. Evaluate both on the same problems.`,
    );
  return pairs;
}

function compareMeasure(pairs: readonly Pair[], measure: (sample: EvaluationSample) => number): MeasureComparison {
  return {
    base: estimateMean(
      pairs.map(({ base }) => base.map(measure)),
      shareRange,
    ),
    tuned: estimateMean(
      pairs.map(({ tuned }) => tuned.map(measure)),
      shareRange,
    ),
    difference: estimateMean(
      pairs.map(({ base, tuned }) => [meanOf(tuned, measure) - meanOf(base, measure)]),
      differenceRange,
    ),
  };
}

function compareTypes(pairs: readonly Pair[]): ProblemTypeComparison[] {
  const typeOf = ({ base }: Pair): string => base[0]?.problemType ?? "unknown";
  const comparisons = [...new Set(pairs.map(typeOf))].map((problemType) => {
    const ofType = pairs.filter((pair) => typeOf(pair) === problemType);
    return { problemType, problems: ofType.length, ...compareMeasure(ofType, correctnessOf) };
  });
  return comparisons.sort((a, b) => b.problems - a.problems || a.problemType.localeCompare(b.problemType));
}

function changeOf({ base, tuned }: Pair): ChangedProblem["change"] | null {
  const [before, after] = [mostlyRight(base), mostlyRight(tuned)];
  if (before === after) return null;
  return after ? "gained" : "lost";
}

function mostlyRight(samples: readonly EvaluationSample[]): boolean {
  return accuracyOf(samples) > 0.5;
}

/** The first answer that agrees with the majority. */
function typicalAnswer(samples: readonly EvaluationSample[]): string {
  const wanted = mostlyRight(samples);
  return samples.find((sample) => correctnessOf(sample) > 0.5 === wanted)?.outputText ?? "";
}

function accuracyOf(samples: readonly EvaluationSample[]): number {
  return meanOf(samples, correctnessOf);
}

function meanOf(samples: readonly EvaluationSample[], measure: (sample: EvaluationSample) => number): number {
  return samples.reduce((sum, sample) => sum + measure(sample), 0) / samples.length;
}

function reportSentence({ base, tuned, difference }: MeasureComparison, problems: number): string {
  const change = `from ${percent(base.value)} to ${percent(tuned.value)}`;
  const interval = `${points(difference.value)} points, 95 % interval ${points(difference.low)} to ${points(difference.high)}`;
  if (difference.low > 0) return `On ${problems} problems, accuracy rises ${change} (${interval}).`;
  if (difference.high < 0) return `On ${problems} problems, accuracy falls ${change} (${interval}).`;
  return `No difference shown on ${problems} problems: accuracy goes ${change} (${interval}, which includes zero).`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function points(difference: number): string {
  const rounded = (100 * difference).toFixed(1);
  return difference > 0 ? `+${rounded}` : rounded.replace("-", "−");
}
