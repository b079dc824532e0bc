/**
 * How well a model does on held-out problems, by a plain exact-match reward: what pre-training reports about
 * itself.
 * @module
 */
import { seededRandom } from "../../util/random.js";
import { families, generateProblem, isHeldOut, type Problem } from "./problems.js";
import { sample } from "./sampling.js";
import type { Nano } from "./transformer.js";

/** Shares in [0, 1] over all problems asked. */
export interface Evaluation {
  problems: number;
  /** Answers whose last box holds the right text. */
  accuracy: number;
  /** Answers with exactly one closed box at their end. */
  wellFormed: number;
  /** Accuracy by family. */
  families: Record<string, number>;
}

/**
 * Distinct held-out problems, `perFamily` of each family, the same for the same `seed`. Throws where a family
 * has too few.
 */
export function heldOutProblems(perFamily: number, seed: number): Problem[] {
  const random = seededRandom(seed);
  return families.flatMap((family) => {
    const found = new Map<string, Problem>();
    for (let attempt = 0; found.size < perFamily; attempt++) {
      if (attempt > 1000 * perFamily) throw new Error(`family "${family}" has no ${perFamily} held-out problems`);
      const problem = generateProblem(random, family);
      if (isHeldOut(problem.statement)) found.set(problem.statement, problem);
    }
    return [...found.values()];
  });
}

/** Asks for `perFamily` held-out problems of each family and marks the answers. */
export function evaluateByFamily(model: Nano, temperature: number, perFamily: number): Evaluation {
  const problems = heldOutProblems(perFamily, 20_000);
  const prompts = problems.map(({ statement }) => statement);
  const answers = sample(model, prompts, { temperature, maxTokens: 96, random: seededRandom(1) });
  const right = problems.map((problem, i) => isRight(answers[i]?.text ?? "", problem));
  const share = (marks: boolean[]) => marks.filter(Boolean).length / marks.length;
  return {
    problems: problems.length,
    accuracy: share(right),
    wellFormed: share(answers.map(({ text }) => isWellFormed(text))),
    families: Object.fromEntries(
      families.map((family) => [family, share(right.filter((_, i) => problems[i]?.family === family))]),
    ),
  };
}

/** Whether the last box of the text holds the answer; a fraction may be left unreduced. */
export function isRight(text: string, { answer }: Pick<Problem, "answer">): boolean {
  const box = text.slice(text.lastIndexOf("\\boxed{")).match(/^\\boxed\{(\d+|\\frac\{\d+\}\{\d+\})\}/)?.[1];
  return box !== undefined && rationalValue(box) === rationalValue(answer);
}

/** Whether the text ends with its only box, and that is closed. */
export function isWellFormed(text: string): boolean {
  return text.split("boxed").length === 2 && /\\boxed\{(\d+|\\frac\{\d+\}\{\d+\})\}\$?\.?$/.test(text);
}

function rationalValue(answer: string): number {
  const [numerator, denominator = 1] = (answer.match(/\d+/g) ?? []).map(Number);
  return (numerator as number) / denominator;
}
