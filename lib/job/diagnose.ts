/**
 * What a training curve says about the run, by the rules that are published for reading one. Source:
 * Microsoft's fine-tuning skill for agents (azure-skills, August 2026), read on 2026-11-22; where it gives
 * words without a number, the number is this project's and its constant says so.
 * @module
 */
import type { Finding } from "../util/finding.js";
import { rewardText } from "../util/format.js";
import { mean } from "../util/numbers.js";
import { type CurvePoint, type Ends, endSteps, endsOf, meanEndsOf, seriesOf, type TrainingCurve } from "./curve.js";

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
/**
 * Published as "flat near 0" and "high and flat from the start" (a base that scores above 9 of 10 needs no
 * tuning); the numbers for "near 0" and "flat" are ours.
 */
const nearZero = 0.05;
const nearFull = 0.9;
const flatRise = 0.02;

/**
 * A sentence for each rule, in a fixed order, with the values that the figures show. Nothing is said of a
 * range: rewards are taken to lie in 0 to 1, as a grader should give them.
 */
export function diagnoseCurve(curve: TrainingCurve): CurveFinding[] {
  const train = seriesOf(curve, ({ trainReward }) => trainReward);
  const valid = seriesOf(curve, ({ validReward }) => validReward);
  const rising = valid.values.length > 1 ? endsOf(valid) : train.values.length > 1 ? meanEndsOf(train) : null;
  // A service need not evaluate before the first step: then training says where the reward starts.
  const isValidFirst = (valid.steps[0] ?? Number.POSITIVE_INFINITY) <= (train.steps[0] ?? Number.POSITIVE_INFINITY);
  const tokens = seriesOf(curve, ({ completionTokens, reasoningTokens }) => completionTokens ?? reasoningTokens);
  return [
    gap(curve.points),
    flat(rising),
    saturated(rising && (isValidFirst ? endsOf(valid) : meanEndsOf(train))),
    growth(tokens.values.length > 1 ? meanEndsOf(tokens) : null),
    graderErrors(curve.points),
  ];
}

/**
 * Compared where both were measured: training reward is a mean over the points since the evaluation before.
 */
function gap(points: readonly CurvePoint[]): CurveFinding {
  const rule = "train-validation gap";
  const evaluated = points.findLastIndex(({ validReward }) => validReward !== null);
  const valid = points[evaluated]?.validReward ?? null;
  const nearby = points.slice(Math.max(0, evaluated + 1 - endSteps), evaluated + 1);
  const rewards = nearby.map(({ trainReward }) => trainReward).filter((reward) => reward !== null);
  if (valid === null || rewards.length === 0)
    return unknown(rule, "No step reports training and validation reward yet.");
  const reward = mean(rewards);
  const distance = reward - valid;
  const sentence = `Training reward ${rewardText(reward)}, validation reward ${rewardText(valid)}`;
  if (distance <= gapToWatch)
    return { rule, level: "ok", sentence: `${sentence}: training may lie up to ${gapToWatch} above.` };
  if (distance <= gapToStop)
    return {
      rule,
      level: "watch",
      sentence: `${sentence}: keep an eye on the gap, above ${gapToStop} is a reason to stop.`,
    };
  return {
    rule,
    level: "stop",
    sentence: `${sentence}, more than ${gapToStop} apart: the model learns the training problems or the grader's gaps; stop, and take an earlier checkpoint.`,
  };
}

function flat(reward: Ends | null): CurveFinding {
  const rule = "flat reward";
  if (!reward) return unknown(rule, "Too few steps report a reward to tell whether it rises.");
  const rise = reward.last - reward.first;
  const ends = `from ${rewardText(reward.first)} to ${rewardText(reward.last)}`;
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
  const start = `The reward starts at ${rewardText(reward.first)}`;
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
