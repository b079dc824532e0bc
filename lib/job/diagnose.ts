/**
 * What a training curve says about the run, by the rules that are published for reading one.
 * Source: Microsoft's fine-tuning skill for agents (azure-skills, August 2026), read on 2026-11-22; where it gives words without
 * a number, the number is this project's and its constant says so.
 * @module
 */
import type { Finding } from "../util/finding.js";
import { mean } from "../util/numbers.js";
import type { CurvePoint, TrainingCurve } from "./curve.js";

/** One thing that the curve says. `unknown` where the service has reported too little to tell. */
export interface CurveFinding extends Finding {
  rule: "train-validation gap" | "flat reward" | "saturated reward" | "token growth" | "grader errors";
  /** One sentence with the number it is about, and what to do where something is to be done. */
  sentence: string;
}

/** Published: up to .05 is fine, above .10 is a reason to stop. */
const gapToWatch = 0.05;
const gapToStop = 0.1;
/** Published: doubling is normal, three times as long is excessive. */
const normalGrowth = 2;
const excessiveGrowth = 3;
/** Published as "flat near 0" and "high and flat from the start" (a base that scores above 9 of 10 needs no tuning); the numbers for "near 0" and "flat" are ours. */
const nearZero = 0.05;
const nearFull = 0.9;
const flatRise = 0.02;

/** Both ends of a curve are means of this many points, because single steps are noisy. */
const endPoints = 3;

/** A sentence for each rule, in a fixed order. Nothing is said of a range: rewards are taken to lie in 0 to 1, as a grader should give them. */
export function diagnoseCurve({ points }: TrainingCurve): CurveFinding[] {
  const train = endsOf(points, ({ trainReward }) => trainReward);
  const valid = endsOf(points, ({ validReward }) => validReward);
  return [
    gap(points),
    flat(valid ?? train),
    saturated(train ?? valid),
    growth(endsOf(points, ({ completionTokens, reasoningTokens }) => completionTokens ?? reasoningTokens)),
    graderErrors(points),
  ];
}

/** The mean of the first and of the last points. */
interface Ends {
  first: number;
  last: number;
}

function endsOf(points: readonly CurvePoint[], measure: (point: CurvePoint) => number | null): Ends | null {
  const values = points.map(measure).filter((value) => value !== null);
  if (values.length < 2) return null;
  const length = Math.min(endPoints, Math.floor(values.length / 2));
  return { first: mean(values.slice(0, length)), last: mean(values.slice(-length)) };
}

/** Compared where both were measured: training reward is a mean over the points since the evaluation before. */
function gap(points: readonly CurvePoint[]): CurveFinding {
  const rule = "train-validation gap";
  const evaluated = points.findLastIndex(({ validReward }) => validReward !== null);
  const valid = points[evaluated]?.validReward ?? null;
  const nearby = points.slice(Math.max(0, evaluated + 1 - endPoints), evaluated + 1);
  const rewards = nearby.map(({ trainReward }) => trainReward).filter((reward) => reward !== null);
  if (valid === null || rewards.length === 0)
    return unknown(rule, "No step reports training and validation reward yet.");
  const distance = mean(rewards) - valid;
  const sentence = `Training reward lies ${Math.abs(distance).toFixed(3)} ${distance < 0 ? "below" : "above"} validation reward`;
  if (distance <= gapToWatch) return { rule, level: "ok", sentence: `${sentence}; up to ${gapToWatch} above is fine.` };
  if (distance <= gapToStop)
    return {
      rule,
      level: "watch",
      sentence: `${sentence}: keep an eye on it, above ${gapToStop} is a reason to stop.`,
    };
  return {
    rule,
    level: "stop",
    sentence: `${sentence}, more than ${gapToStop}: the model learns the training problems or the grader's gaps; stop, and take an earlier checkpoint.`,
  };
}

function flat(reward: Ends | null): CurveFinding {
  const rule = "flat reward";
  if (!reward) return unknown(rule, "Too few steps report a reward to tell whether it rises.");
  const rise = reward.last - reward.first;
  const ends = `from ${reward.first.toFixed(3)} to ${reward.last.toFixed(3)}`;
  if (Math.max(reward.first, reward.last) < nearZero)
    return {
      rule,
      level: "stop",
      sentence: `The reward stays near 0 (${ends}): the grader does not see the answers or asks too much; run it on a few answers first.`,
    };
  if (rise < -flatRise)
    return { rule, level: "watch", sentence: `The reward falls (${ends}): lower learning_rate_multiplier.` };
  if (rise < flatRise && reward.first < nearFull)
    return {
      rule,
      level: "watch",
      sentence: `The reward does not rise (${ends}): train for more epochs, with a larger batch_size or on problems that the base sometimes solves.`,
    };
  return { rule, level: "ok", sentence: `The reward goes ${ends}.` };
}

function saturated(reward: Ends | null): CurveFinding {
  const rule = "saturated reward";
  if (!reward) return unknown(rule, "Too few steps report a reward to tell where it starts.");
  const start = `The reward starts at ${reward.first.toFixed(3)}`;
  if (reward.first < nearFull) return { rule, level: "ok", sentence: `${start} and leaves room to learn.` };
  return {
    rule,
    level: "stop",
    sentence: `${start}, above ${nearFull}: the grader is too lenient or the problems are too easy, and little is left to learn.`,
  };
}

function growth(tokens: Ends | null): CurveFinding {
  const rule = "token growth";
  if (!tokens || tokens.first <= 0) return unknown(rule, "Too few steps report tokens to tell whether answers grow.");
  const factor = tokens.last / tokens.first;
  const sentence = `Answers go from ${Math.round(tokens.first)} to ${Math.round(tokens.last)} tokens, ${factor.toFixed(1)} times as long`;
  if (factor <= normalGrowth) return { rule, level: "ok", sentence: `${sentence}; doubling is normal.` };
  if (factor < excessiveGrowth)
    return { rule, level: "watch", sentence: `${sentence}: more than double, and every token costs.` };
  return {
    rule,
    level: "stop",
    sentence: `${sentence}: excessive; look whether the grader pays for length, and prefer an earlier checkpoint.`,
  };
}

function graderErrors(points: readonly CurvePoint[]): CurveFinding {
  const rule = "grader errors";
  const reported = points.flatMap(({ step, graderErrors: errors }) =>
    Object.entries(errors).map(([kind, share]) => ({ step, kind, share })),
  );
  if (reported.length === 0) return unknown(rule, "The service has reported no counts of grader errors.");
  const worst = reported.reduce((a, b) => (b.share > a.share ? b : a));
  if (worst.share === 0) return { rule, level: "ok", sentence: "The grader failed on 0 answers." };
  return {
    rule,
    level: "stop",
    sentence: `The grader failed on ${(worst.share * 100).toFixed(1)} % of the answers of step ${worst.step} (${worst.kind}): it must never fail; repair it and submit again.`,
  };
}

function unknown(rule: CurveFinding["rule"], sentence: string): CurveFinding {
  return { rule, level: "unknown", sentence };
}
