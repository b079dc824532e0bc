/**
 * What measuring a deployment results in, and what its answers to one problem are worth together.
 * @module
 */
import type { Estimate } from "./statistics.js";

/** One answer to one problem. Tokens as the service counts them, `seconds` of the call that was answered. */
export interface EvaluationSample {
  problemId: string;
  problemType: string;
  /** What was asked: the user's message. */
  problem: string;
  outputText: string;
  /**
   * The answer in the last box; equal answers to one problem stand in the words of the first of them. Null
   * without a box.
   */
  finalAnswer: string | null;
  finishReason: string;
  reward: number;
  /** What each part of the verifier gives the answer; `correctness` and `format` among them. */
  criteria: Record<string, number>;
  promptTokens: number;
  completionTokens: number;
  reasoningTokens: number;
  seconds: number;
}

/**
 * A measured deployment. The intervals are for newly drawn problems; `completionTokens` is the mean of an
 * answer.
 */
export interface Evaluation {
  deployment: string;
  /** The model that answered, as the service names it; null where it never did. */
  model: string | null;
  decoding: "temperature 1" | "greedy";
  maxCompletionTokens: number;
  reasoningEffort: "low" | "medium" | "high" | null;
  /**
   * SHA-256 of what was asked and of the references, of the grader and of the verifier: what must agree to
   * compare two evaluations.
   */
  hashes: { problems: string; grader: string; verifier: string };
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
  /** Answers that the content filter withheld or the model declined to give. */
  withheld: number;
  /** Answers on which a grader failed, each counted as 0: anything but zero means the grader needs repair. */
  graderFailures: number;
  /** Answers that were kept from an earlier run. */
  reused: number;
  /** What all the answers cost, those of earlier runs included; null where no prices were given. */
  dollars: number | null;
  /** From the first question to the last grade. */
  seconds: number;
}

/** 1 for a right final answer, 0 for a wrong one, as the verifier decided. */
export function correctnessOf({ criteria }: Pick<EvaluationSample, "criteria">): number {
  return criteria.correctness ?? 0;
}

/** Whether the verifier calls the final answer right. */
export function isRight(sample: Pick<EvaluationSample, "criteria">): boolean {
  return correctnessOf(sample) > 0.5;
}

/** The samples of each problem, by its id, in the order of their first appearance. */
export function groupByProblem<T extends { problemId: string }>(samples: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const sample of samples) {
    const group = groups.get(sample.problemId);
    if (group) group.push(sample);
    else groups.set(sample.problemId, [sample]);
  }
  return groups;
}

/** The answer that most samples of one problem give. */
export interface MajorityAnswer {
  right: boolean;
  /** A sample that gives it; where no sample gives any answer, the first one. */
  sample: EvaluationSample;
}

/**
 * The majority answer to one problem (self-consistency, arXiv 2203.11171): equal answers vote together,
 * outputs without an answer do not vote, and of answers with as many votes the one that was given first wins,
 * which by the order of drawing is as good as a lot. `samples` must not be empty.
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
