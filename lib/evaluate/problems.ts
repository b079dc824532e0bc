/**
 * The problems that a model is measured on, read from a validation or training file.
 * @module
 */

import type { Message, TrainingLine } from "../service/training-file.js";
import { readJsonl } from "../service/training-file.js";
import { DataError } from "../util/errors.js";
import { integerBetween, seededRandom } from "../util/random.js";

/** One problem: what is asked, and what the grader reads as `item`. */
export interface EvaluationProblem {
  id: string;
  problemType: string;
  messages: Message[];
  item: Record<string, unknown>;
}

/** Which part of a file to read: at most `limit` problems, drawn evenly from the whole file by `seed`. */
export interface ProblemSelection {
  limit?: number;
  seed?: number;
}

/**
 * The problems of a JSONL file of reinforcement lines, in the file's order. The id is the line's `uuid`, else
 * its number in the file. Throws a `UserError` that names the file and the line where one cannot be read.
 */
export async function readEvaluationProblems(
  file: string,
  { limit = Number.POSITIVE_INFINITY, seed = 1 }: ProblemSelection = {},
): Promise<EvaluationProblem[]> {
  const random = seededRandom(seed);
  const kept: { number: number; problem: EvaluationProblem }[] = [];
  let number = 0;
  for await (const line of readJsonl(file)) {
    number += 1;
    // Reservoir sampling: a file of any size, and each of its problems equally likely.
    const place = kept.length < limit ? kept.length : integerBetween(random, 0, number - 1);
    if (place < limit) kept[place] = { number, problem: evaluationProblem(line, `${file}, problem ${number}`) };
  }
  return kept.sort((a, b) => a.number - b.number).map(({ problem }) => problem);
}

function evaluationProblem({ messages, ...item }: TrainingLine, place: string): EvaluationProblem {
  if (messages.at(-1)?.role !== "user")
    throw new DataError(
      `${place} does not end with the user's message. Prepare the data again in the reinforcement format (--format rft).`,
    );
  return {
    id: typeof item.uuid === "string" ? item.uuid : place,
    problemType: typeof item.problem_type === "string" ? item.problem_type : "unknown",
    messages,
    item,
  };
}
