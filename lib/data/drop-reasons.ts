/**
 * Which problems cannot be trained on, and why.
 * @module
 */
import { type DroppableKind, type QuestionKind, questionKinds } from "./question-kinds.js";
import type { SourceRow } from "./shard.js";
import type { DataFormat } from "./training-lines.js";

/** Every reason to leave a problem out, in the order in which they are asked for, with its explanation for people. */
export const dropReasons = {
  "no problem": "The row has no problem text.",
  "no answer": "There is no reference answer to compare with.",
  "cut-off answer": "The reference answer ends inside braces, so that no solution could ever be rewarded.",
  proof: questionKinds.proof,
  image: questionKinds.image,
  "multiple choice": questionKinds["multiple choice"],
  "several parts": questionKinds["several parts"],
  "no verified trace": "None of the solutions is complete and verified, so there is nothing to imitate.",
  "answer does not match itself":
    "The grader cannot read the reference answer, so that no solution could ever be rewarded.",
  repeat: "The same problem was already kept.",
  "prompt too long": "The prompt has more tokens than --max_prompt_tokens allows.",
} as const;

export type DropReason = keyof typeof dropReasons;

/** By which rules a row is kept or dropped on sight. */
export interface DropRules {
  format: DataFormat;
  /** The kinds of questions to leave out. */
  drop: readonly DroppableKind[];
}

/** What in the row itself forbids to keep it, or null. */
export function dropReasonOf(
  { problem, answer, trace }: SourceRow,
  questionKind: QuestionKind,
  { format, drop }: DropRules,
): DropReason | null {
  if (problem.trim() === "") return "no problem";
  if (/^(not ?found|none|null|n\/a|)$/i.test(answer.trim())) return "no answer";
  if (isCutOff(answer)) return "cut-off answer";
  const dropped = drop.find((kind) => kind === questionKind);
  if (dropped) return dropped;
  if (format === "sft" && trace === null) return "no verified trace";
  return null;
}

/** Whether a brace is left open or closed too often. Escaped braces count as well: `\{1, 2\` was cut at its first `}`. */
function isCutOff(answer: string): boolean {
  let depth = 0;
  for (const character of answer) {
    if (character === "{") depth += 1;
    if (character === "}") depth -= 1;
    if (depth < 0) return true;
  }
  return depth > 0;
}
