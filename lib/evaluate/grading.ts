/**
 * Grades answers while others are still asked for, and tells which answers to one problem are the same answer.
 * @module
 */

import { answersEqual } from "../grader/answers.js";
import { mathGraderSource } from "../grader/math-grader.js";
import { runGrader } from "../grader/run-grader.js";
import type { GraderSandbox } from "../grader/sandbox.js";
import type { Grader, GraderRun, GraderSample } from "../service/graders.js";

/** What the grader and the verifier say of one answer. */
export interface Grade {
  reward: number;
  criteria: Record<string, number>;
  /** The text in the last box of the answer; null without a box. */
  extracted: string | null;
  /** Why the grader or the verifier failed on the answer; null where it did not. */
  graderFailure: string | null;
  verifierFailure: string | null;
}

/** Answers that are graded in one go: enough to make starting worth it, few enough to keep the batch small. */
const batchSize = 200;

/** Grades what is added, one batch after the other. */
export class GradingQueue {
  readonly #sandbox: GraderSandbox;
  readonly #grader: Grader;
  readonly #verifier: Grader;
  readonly #grades: Grade[] = [];
  #pending: { index: number; sample: GraderSample }[] = [];
  #running: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;

  /** `grader` decides the reward, `verifier` the criteria. */
  constructor(sandbox: GraderSandbox, grader: Grader, verifier: Grader) {
    this.#sandbox = sandbox;
    this.#grader = grader;
    this.#verifier = verifier;
  }

  /**
   * Queues an answer. Throws what made an earlier batch fail, e.g. a `UserError` for a grader that cannot run
   * here.
   */
  add(index: number, sample: GraderSample): void {
    if (this.#failure) throw this.#failure.error;
    this.#pending.push({ index, sample });
    this.#running ??= this.#drain();
  }

  /** Waits for the last batch and returns the grades, by index. Throws as {@link add} does. */
  async finish(): Promise<Grade[]> {
    await this.#running;
    if (this.#failure) throw this.#failure.error;
    return this.#grades;
  }

  async #drain(): Promise<void> {
    try {
      while (this.#pending.length > 0) await this.#grade(this.#pending.splice(0, batchSize));
    } catch (error) {
      this.#failure = { error };
    }
    this.#running = undefined;
  }

  async #grade(batch: { index: number; sample: GraderSample }[]): Promise<void> {
    const samples = batch.map(({ sample }) => sample);
    const runs = await runGrader(this.#sandbox, this.#grader, samples);
    const isVerifier = JSON.stringify(this.#verifier) === JSON.stringify(this.#grader);
    const verifications = isVerifier ? runs : await runGrader(this.#sandbox, this.#verifier, samples);
    const extracted = await extractAnswers(this.#sandbox, samples);
    batch.forEach(({ index }, i) => {
      const [run, verification] = [runs[i] as GraderRun, verifications[i] as GraderRun];
      this.#grades[index] = {
        reward: run.reward,
        criteria: verification.sub_rewards,
        extracted: extracted[i] ?? null,
        graderFailure: failureOf(run),
        verifierFailure: failureOf(verification),
      };
    });
  }
}

/** Whether any error flag is set; the other entries are details, null while nothing is wrong. */
export function hasFailed({ metadata }: GraderRun): boolean {
  return Object.values(metadata.errors).includes(true);
}

function failureOf(run: GraderRun): string | null {
  if (!hasFailed(run)) return null;
  return run.metadata.errors.python_grader_runtime_error_details ?? "see the error flags of runGrader";
}

async function extractAnswers(sandbox: GraderSandbox, samples: readonly GraderSample[]): Promise<(string | null)[]> {
  const texts = samples.map(({ outputText }) => [outputText]);
  const outcomes = await sandbox.call(mathGraderSource(), "extract_answer", texts);
  return outcomes.map((outcome) => (outcome.ok ? (outcome.value as string | null) : null));
}

/** An answer as it was extracted, and whether it is right. */
export interface ExtractedAnswer {
  extracted: string | null;
  right: boolean;
}

/**
 * For each answer of each problem, the words in which the same answer was given first; null where there is no
 * answer. All right answers are the same; wrong ones are compared by the grader's own equivalence.
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
