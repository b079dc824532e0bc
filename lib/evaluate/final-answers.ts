/**
 * Which answers to one problem are the same answer, so that they can vote.
 * @module
 */
import { answersEqual } from "../grader/answers.js";
import type { GraderSandbox } from "../grader/sandbox.js";

/** An answer as it was extracted, and whether it is right. */
export interface ExtractedAnswer {
  extracted: string | null;
  right: boolean;
}

/**
 * For each answer of each problem, the words in which the same answer was given first; null where there is no answer. All right
 * answers are the same; wrong ones are compared by the grader's own equivalence.
 */
export async function nameFinalAnswers(
  sandbox: GraderSandbox,
  problems: readonly (readonly ExtractedAnswer[])[],
): Promise<(string | null)[][]> {
  const texts = problems.map((answers) => distinctWrong(answers));
  const pairs = texts.flatMap((wrong) => pairsOf(wrong));
  const equal = pairs.length > 0 ? await answersEqual(sandbox, pairs) : [];
  let next = 0;
  return problems.map((answers, problem) => {
    const names = new Map<string, string>();
    for (const { gold, pred } of pairsOf(texts[problem] as string[])) {
      if (equal[next++] && !names.has(pred)) names.set(pred, names.get(gold) ?? gold);
    }
    const right = answers.find((answer) => answer.right)?.extracted ?? null;
    return answers.map((answer) =>
      answer.right ? right : answer.extracted === null ? null : (names.get(answer.extracted) ?? answer.extracted),
    );
  });
}

function distinctWrong(answers: readonly ExtractedAnswer[]): string[] {
  return [...new Set(answers.flatMap(({ extracted, right }) => (right || extracted === null ? [] : extracted)))];
}

/** All pairs, the earlier text first. */
function pairsOf(texts: readonly string[]): { gold: string; pred: string }[] {
  return texts.flatMap((pred, i) => texts.slice(0, i).map((gold) => ({ gold, pred })));
}
