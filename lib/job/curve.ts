/**
 * The training curve of a job: what every step and every evaluation scored.
 * @module
 */

/** One step. Rewards are means in the grader's range, tokens means per sample; null stands where nothing was measured. */
export interface CurvePoint {
  step: number;
  trainReward: number | null;
  validReward: number | null;
  /** The mean score of each part of the grader, by its name. */
  criteria: Record<string, { train: number | null; valid: number | null }>;
  reasoningTokens: number | null;
  completionTokens: number | null;
  /** Only open-weight models report a loss. */
  trainLoss: number | null;
  validLoss: number | null;
}

/** All steps of a job so far, in order. */
export interface TrainingCurve {
  jobId: string;
  points: CurvePoint[];
}
