/**
 * The problems that a model is measured on, read from a validation or training file.
 * @module
 */
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import { messageOf, UserError } from "../errors.js";
import { integerBetween, seededRandom } from "../random.js";
import type { Message, TrainingLine } from "../service/training-file.js";

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

interface NumberedProblem extends EvaluationProblem {
  line: number;
}

/**
 * The problems of a JSONL file of reinforcement lines, in the file's order. The id is the line's `uuid`, else its line number.
 * Throws a `UserError` that names the file and the line where one cannot be read.
 */
export async function readEvaluationProblems(
  file: string,
  { limit = Number.POSITIVE_INFINITY, seed = 1 }: ProblemSelection = {},
): Promise<EvaluationProblem[]> {
  const random = seededRandom(seed);
  const kept: NumberedProblem[] = [];
  let seen = 0;
  for await (const problem of problemsOf(file)) {
    seen += 1;
    if (kept.length < limit) {
      kept.push(problem);
      continue;
    }
    // Reservoir sampling: a file of any size, and each of its problems equally likely.
    const place = integerBetween(random, 0, seen - 1);
    if (place < limit) kept[place] = problem;
  }
  return kept.sort((a, b) => a.line - b.line).map(({ line: _, ...problem }) => problem);
}

async function* problemsOf(file: string): AsyncGenerator<NumberedProblem> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  let line = 0;
  try {
    for await (const text of lines) {
      line += 1;
      if (text.trim() !== "") yield { ...parseProblem(text, line), line };
    }
  } catch (error) {
    const place = line === 0 ? file : `${file}, line ${line}`;
    throw new UserError(`Cannot read problems from ${place}: ${messageOf(error)}. ${remedyFor(file)}`);
  }
}

function parseProblem(text: string, line: number): EvaluationProblem {
  const { messages, ...item } = JSON.parse(text) as Partial<TrainingLine>;
  if (!Array.isArray(messages) || messages.at(-1)?.role !== "user")
    throw new Error('"messages" must be a list that ends with the user\'s message');
  return {
    id: typeof item.uuid === "string" ? item.uuid : `line ${line}`,
    problemType: typeof item.problem_type === "string" ? item.problem_type : "unknown",
    messages,
    item,
  };
}

function remedyFor(file: string): string {
  return `Prepare the data again so that ${basename(file)} is written anew in the reinforcement format.`;
}
