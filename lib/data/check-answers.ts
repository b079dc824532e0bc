/**
 * What the reward itself says of the reference answers: how it reads them, and whether it agrees with the
 * verified solutions.
 * @module
 */
import { answersEqual } from "../grader/answers.js";
import { mathGraderSource } from "../grader/math-grader.js";
import type { GraderSandbox } from "../grader/sandbox.js";
import type { SourceRow } from "./read-rows.js";

/** What was found out about one row's reference answer. */
export interface AnswerCheck {
  /** How the grader reads the answer: `number`, `set`, `interval`, …; `not well formed` if it cannot. */
  kind: string;
  /** Whether the grader finds the answer equal to itself; if not, no solution can ever be rewarded. */
  matchesItself: boolean;
  /** The verified trace's boxed answer; null if there is no trace or no box in it. */
  traceAnswer: string | null;
  /** Whether that equals the reference; null if there is no trace to compare with. */
  matchesTrace: boolean | null;
}

type Checked = Pick<SourceRow, "answer" | "trace">;

/** One check for each row. Each answer is read once, however many rows have it. */
export async function checkAnswers(sandbox: GraderSandbox, rows: readonly Checked[]): Promise<AnswerCheck[]> {
  const answers = [...new Set(rows.map(({ answer }) => answer))];
  const isEqual = await answersEqual(
    sandbox,
    answers.map((answer) => ({ gold: answer, pred: answer })),
  );
  const kinds = await describeKinds(sandbox, answers);
  const ofAnswer = new Map(answers.map((answer, i) => [answer, { kind: kinds[i], matchesItself: isEqual[i] }]));
  const traceAnswers = await boxedAnswers(sandbox, rows);
  const matchesTrace = await answersEqual(
    sandbox,
    rows.map(({ answer }, i) => ({ gold: answer, pred: traceAnswers[i] ?? "" })),
  );
  return rows.map(({ answer, trace }, i) => ({
    kind: ofAnswer.get(answer)?.kind ?? "not well formed",
    matchesItself: ofAnswer.get(answer)?.matchesItself ?? false,
    traceAnswer: traceAnswers[i] ?? null,
    matchesTrace: trace === null ? null : (matchesTrace[i] ?? false),
  }));
}

/** The kind is what the grader's description of an answer begins with. */
async function describeKinds(sandbox: GraderSandbox, answers: readonly string[]): Promise<string[]> {
  const outcomes = await sandbox.call(
    mathGraderSource(),
    "describe",
    answers.map((answer) => [answer]),
  );
  return outcomes.map((outcome) => {
    const description = outcome.ok ? String(outcome.value) : "not well formed";
    const [kind = ""] = description.match(/^(?:not well formed|false statement|\w+)/) ?? [];
    return kind === "region" ? "interval" : kind;
  });
}

async function boxedAnswers(sandbox: GraderSandbox, rows: readonly Checked[]): Promise<(string | null)[]> {
  const outcomes = await sandbox.call(
    mathGraderSource(),
    "extract_answer",
    rows.map(({ trace }) => [trace ? visiblePart(trace) : ""]),
  );
  return outcomes.map((outcome) => (outcome.ok ? (outcome.value as string | null) : null));
}

/** What follows the model's thinking, a tenth of the whole: the grader looks for an answer only there. */
function visiblePart(trace: Uint8Array): string {
  const bytes = Buffer.from(trace.buffer, trace.byteOffset, trace.byteLength);
  return bytes.toString("utf8", Math.max(0, bytes.lastIndexOf("</think>")));
}
