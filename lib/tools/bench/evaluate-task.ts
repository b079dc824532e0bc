/**
 * One evaluation of a deployment, by the function that the notebook calls.
 * @module
 */
import OpenAI from "openai";
import { loadSettings } from "../../connect/settings.js";
import { evaluateDeployment } from "../../evaluate/evaluate.js";
import type { EvaluationProblem } from "../../evaluate/problems.js";
import { mathGrader } from "../../grader/math-grader.js";
import { runGrader } from "../../grader/run-grader.js";
import { openSandbox } from "../../grader/sandbox.js";

/** Where to ask, and how often. */
export interface EvaluateInput {
  baseUrl: string;
  evaluations: number;
}

/** Evaluates as many problems with one question each. Resolves to the seconds without the sandbox's start. */
export async function evaluate({ baseUrl, evaluations }: EvaluateInput): Promise<number> {
  const openai = new OpenAI({ baseURL: baseUrl, apiKey: "none" });
  const problems = Array.from(
    { length: evaluations },
    (_, i): EvaluationProblem => ({
      id: `problem-${i}`,
      problemType: "Algebra",
      messages: [{ role: "user", content: `What is ${i} + 1?` }],
      item: { answer: String(i + 1) },
    }),
  );
  const sandbox = openSandbox();
  try {
    const grader = mathGrader();
    await runGrader(sandbox, grader, [{ outputText: "$\\boxed{1}$", item: { answer: "1" } }]);
    const connection = { openai, settings: loadSettings({}) };
    const request = { deployment: "bench", problems, samplesPerProblem: 1, grader, sandbox };
    return (await evaluateDeployment(connection, request)).seconds;
  } finally {
    sandbox.close();
  }
}
