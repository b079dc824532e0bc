/**
 * Evaluations put together by hand, for what is computed from them.
 * @module
 */
import type { Evaluation, EvaluationSample } from "../../dist/evaluate/evaluate.js";
import { estimateMean, shareRange } from "../../dist/evaluate/statistics.js";

/** An evaluation in which problem `u<i>` was answered as `corrects[i]` says: 1 right, 0 wrong, one entry an answer. */
export function madeEvaluation(deployment: string, corrects: number[][]): Evaluation {
  const samples = corrects.flatMap((answers, problem) => answers.map((right, i) => madeSample(problem, right, i)));
  const estimate = estimateMean(corrects, shareRange);
  return {
    deployment,
    model: "o4-mini-2025-04-16",
    maxCompletionTokens: 16_384,
    reasoningEffort: null,
    hashes: { problems: "problems", grader: "grader", verifier: "verifier" },
    decoding: "temperature 1",
    problems: corrects.length,
    samplesPerProblem: corrects[0]?.length ?? 0,
    samples,
    reward: estimate,
    accuracy: estimate,
    formatCompliance: { value: 1, low: 0.9, high: 1 },
    completionTokens: { value: 20, low: 18, high: 22 },
    cutOff: 0,
    withheld: 0,
    reused: 0,
    dollars: null,
    graderFailures: 0,
    seconds: 1,
  };
}

function madeSample(problem: number, right: number, answer: number): EvaluationSample {
  return {
    problemId: `u${problem}`,
    problemType: problem % 3 === 0 ? "Algebra" : "Geometry",
    problem: `Problem ${problem}`,
    outputText: `${right ? "right" : "wrong"} answer ${answer}`,
    finalAnswer: right ? "1" : "0",
    finishReason: "stop",
    reward: 0.9 * right + 0.1,
    criteria: { correctness: right, format: 1 },
    promptTokens: 10,
    completionTokens: 20,
    reasoningTokens: 5,
    seconds: 0.1,
  };
}
