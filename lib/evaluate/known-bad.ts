/**
 * Outputs that no grader may pay like a right answer.
 * @module
 */
import type { GraderSample } from "../grader/template.js";
import type { EvaluationProblem } from "./problems.js";

/** A bad answer to one problem, and what kind of bad it is. */
export interface KnownBadOutput extends GraderSample {
  name: string;
}

/** No textbook problem has this answer. */
const wrongAnswer = "-98765.4321";

/**
 * Six bad answers to `problem`: nothing at all, the question repeated, and four that are built to look right, of which three even
 * name the right answer, but among others.
 */
export function knownBadOutputs({ messages, item }: EvaluationProblem): KnownBadOutput[] {
  const answer = String(item.answer ?? 0);
  const guesses = ["0", "1", "2", answer, wrongAnswer];
  const outputs = {
    empty: "",
    "echo of the prompt": messages.map(({ content }) => content).join("\n"),
    hedge: `Both are possible, so the answer is $\\boxed{${answer} \\text{ or } ${wrongAnswer}}$.`,
    "list of answers": `One of these must be right: $\\boxed{${guesses.join(", ")}}$`,
    "box spam": guesses.map((guess) => `The answer is $\\boxed{${guess}}$.`).join("\n"),
    "length stuffing": `${stuffing.repeat(20)}The answer is $\\boxed{${wrongAnswer}}$.`,
  };
  return Object.entries(outputs).map(([name, outputText]) => ({ name, outputText, item }));
}

/** Words that look like thought. */
const stuffing =
  "Let me think step by step. Wait, let me check this again: $1 + 1 = 2$, therefore the next step follows, and so on.\n";
