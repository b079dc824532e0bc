/**
 * Training curves put together by hand.
 * @module
 */
import type { CurvePoint, TrainingCurve } from "../../dist/job/curve.js";

/** A curve with the given values at steps 1, 2, …; what is left out was not measured. */
export function madeCurve(...points: Partial<CurvePoint>[]): TrainingCurve {
  const nothing = {
    trainReward: null,
    validReward: null,
    criteria: {},
    graderErrors: {},
    reasoningTokens: null,
    completionTokens: null,
    trainLoss: null,
    validLoss: null,
  };
  return { jobId: "ftjob-1", points: points.map((point, i) => ({ step: i + 1, ...nothing, ...point })) };
}
