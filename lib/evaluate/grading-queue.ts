/**
 * Grades answers while others are still asked for.
 * @module
 */
import { mathGraderSource } from "../grader/math-grader.js";
import { runGrader } from "../grader/run-grader.js";
import type { GraderSandbox } from "../grader/sandbox.js";
import type { GraderSample } from "../grader/template.js";
import type { Grader, GraderRun } from "../service/graders.js";

/** What the grader and the judge say of one answer. */
export interface Grade {
  reward: number;
  criteria: Record<string, number>;
  /** The text in the last box of the answer; null where there is none. */
  extracted: string | null;
  /** Why the grader or the judge failed on the answer; null where it did not. */
  graderFailure: string | null;
  judgeFailure: string | null;
}

/** Answers that are graded in one go: enough to make starting worth it, few enough to keep the batch small. */
const batchSize = 200;

/** Grades what is added, one batch after the other. */
export class GradingQueue {
  readonly #sandbox: GraderSandbox;
  readonly #grader: Grader;
  readonly #judge: Grader;
  readonly #grades: Grade[] = [];
  #pending: { index: number; sample: GraderSample }[] = [];
  #running: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;

  /** `grader` decides the reward, `judge` the criteria. */
  constructor(sandbox: GraderSandbox, grader: Grader, judge: Grader) {
    this.#sandbox = sandbox;
    this.#grader = grader;
    this.#judge = judge;
  }

  /** Queues an answer. Throws what made an earlier batch fail, e.g. a `UserError` for a grader that cannot run here. */
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
    const isJudge = JSON.stringify(this.#judge) === JSON.stringify(this.#grader);
    const verdicts = isJudge ? runs : await runGrader(this.#sandbox, this.#judge, samples);
    const extracted = await extractAnswers(this.#sandbox, samples);
    batch.forEach(({ index }, i) => {
      const [run, verdict] = [runs[i] as GraderRun, verdicts[i] as GraderRun];
      this.#grades[index] = {
        reward: run.reward,
        criteria: verdict.sub_rewards,
        extracted: extracted[i] ?? null,
        graderFailure: failureOf(run),
        judgeFailure: failureOf(verdict),
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
