/**
 * What kind of question a problem asks, as far as text and labels tell, and which kinds are left out unless one asks for them.
 * @module
 */
import type { SourceRow } from "./shard.js";

/** Every kind, in the order in which they are recognised, with its explanation for people. */
export const questionKinds = {
  proof: "A proof is asked for; a final answer cannot show whether it holds.",
  image: "The problem needs an image that the text only links to.",
  "multiple choice": "One of several options is asked for; a guess is right once in four or five times.",
  "several parts": "The text is divided into parts; the reference answer may answer all of them or one.",
  "single question": "One final answer is asked for.",
} as const;

export type QuestionKind = keyof typeof questionKinds;

/** The kinds that can be left out. */
export type DroppableKind = Exclude<QuestionKind, "single question">;

/** What is left out by default: the grader cannot judge a proof, and the model cannot see an image. */
export const droppedKinds: readonly DroppableKind[] = ["proof", "image"];

type Asked = Pick<SourceRow, "problem" | "answer" | "questionType">;

/** The first kind that fits. Labels count where the shard has them; the text is looked at besides, because many rows have none. */
export function questionKindOf(row: Asked): QuestionKind {
  if (asksForProof(row)) return "proof";
  if (/!\[[^\]]*\]\(/.test(row.problem)) return "image";
  if (/^mcq$/i.test(row.questionType) || options.test(row.problem)) return "multiple choice";
  if (parts.some((pair) => pair.test(row.problem))) return "several parts";
  return "single question";
}

/** A text that says "prove" and asks for nothing else is a proof, whatever was put into its answer. */
function asksForProof({ problem, answer, questionType }: Asked): boolean {
  if (/^proof$/i.test(questionType) || /^proof\.?$/i.test(answer.trim())) return true;
  return /\b(?:prove|show) that\b/i.test(problem) && !asksForValue.test(problem);
}

const asksForValue =
  /\?|\b(?:find|determine|compute|calculate|evaluate|solve|express|factori[sz]e|simplify|give|what|which|how|when|for which)\b/i;

/** Marks such as `(A)`, `A.`, `A)` or `\textbf{(A)}`, the first three in a row. */
const option = (letter: string): string => String.raw`(?:^|[\s({$])\(?${letter}\s?[).:}]`;
const options = new RegExp(["A", "B", "C"].map(option).join(String.raw`[\s\S]*?`), "m");

/** Marks such as `(a)`, `a)`, `(1)` or `(i)` at the start of a line or of a sentence, the first two of a kind. */
const part = (mark: string): string => String.raw`(?:^\s*|[.?!:;]\s+)\(?${mark}\)`;
const parts = [
  ["a", "b"],
  ["1", "2"],
  ["i", "ii"],
].map((marks) => new RegExp(marks.map(part).join(String.raw`[\s\S]*?`), "m"));
