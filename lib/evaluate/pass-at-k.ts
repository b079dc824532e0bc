/**
 * What several answers to a problem are worth together: one of them right, or the majority right.
 * @module
 */
import { type EvaluationSample, isRight } from "./evaluation.js";

/**
 * The unbiased estimate that at least one of `k` answers is right, from `n` answers of which `right` are (pass@k of Chen et al.,
 * arXiv 2107.03374, section 2.1): 1 − C(n − right, k) / C(n, k), in [0, 1], for 1 ≤ k ≤ n.
 */
export function passAtK(n: number, right: number, k: number): number {
  if (n - right < k) return 1;
  let allWrong = 1;
  for (let i = n - right + 1; i <= n; i++) allWrong *= 1 - k / i;
  return 1 - allWrong;
}

/** The answer that most samples of one problem give. */
export interface MajorityAnswer {
  right: boolean;
  /** A sample that gives it; where no sample gives any answer, the first one. */
  sample: EvaluationSample;
}

/**
 * The majority answer to one problem (self-consistency, arXiv 2203.11171): equal answers vote together, outputs without an
 * answer do not vote, and of answers with as many votes the one that was given first wins, which by the order of drawing is as
 * good as a lot. `samples` must not be empty.
 */
export function majorityAnswer(samples: readonly EvaluationSample[]): MajorityAnswer {
  const votes = new Map<string | null, { count: number; sample: EvaluationSample }>();
  for (const sample of samples) {
    const answer = isRight(sample) ? rightAnswer : sample.finalAnswer;
    const vote = votes.get(answer);
    if (vote) vote.count += 1;
    else votes.set(answer, { count: 1, sample });
  }
  votes.delete(null);
  const [winner] = [...votes.values()].sort((a, b) => b.count - a.count);
  const sample = winner?.sample ?? (samples[0] as EvaluationSample);
  return { right: isRight(sample), sample };
}

/** All right answers are one answer, however they are written; no extracted answer is empty. */
const rightAnswer = "";
