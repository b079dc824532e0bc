/**
 * The job's grader as the reward of the training loop.
 * @module
 */
import { runGraderInParts } from "../../grader/run-grader.js";
import type { GraderSandbox } from "../../grader/sandbox.js";
import type { Grader, GraderRun } from "../../service/graders.js";
import { ConfigurationError } from "../../util/errors.js";
import type { RewardFunction } from "../nano/grpo.js";

/** One row of a training or validation file as the loop uses it. */
export interface Example {
  split: "train" | "valid";
  prompt: string;
  item: Record<string, unknown>;
}

/** How often graders ran and failed since the last step. */
export interface ErrorCounts {
  runs: number;
  sampleParse: number;
  invalidVariable: number;
  pythonRuntime: number;
  pythonServer: number;
  unresponsive: number;
  other: number;
  /** How long the runs took together. */
  seconds: number;
}

/** The counts of the grader as a whole, whose formula can fail too, and of each of its parts by name. */
export interface GraderCounts {
  whole: ErrorCounts;
  parts: Record<string, ErrorCounts>;
}

/** The reward, and what went wrong while it was measured. */
interface RewardMeter {
  reward: RewardFunction<Example>;
  /** The counts since the last call, which resets them; parts are counted from their first run on. */
  takeErrors(): Record<Example["split"], GraderCounts>;
}

/**
 * Measures rewards with `grader` in `sandbox`. The criteria are the parts of a multi grader, or the grader
 * itself. The reward rejects with a `ConfigurationError` if the grader fails on every answer of a batch:
 * there is nothing to learn then.
 */
export function rewardMeter(sandbox: GraderSandbox, grader: Grader): RewardMeter {
  let errors = { train: noCounts(), valid: noCounts() };

  return {
    async reward(rollouts) {
      const samples = rollouts.map(({ example, text }) => ({ outputText: text, item: example.item }));
      const runs = await runGraderInParts(sandbox, grader, samples);
      refuseBrokenGrader(runs.map(({ whole }) => whole));
      for (const [i, { whole, parts }] of runs.entries()) {
        const counts = errors[rollouts[i]?.example.split ?? "train"];
        count(counts.whole, whole);
        for (const [name, run] of Object.entries(parts)) {
          counts.parts[name] ??= noErrors();
          count(counts.parts[name], run);
        }
      }
      return runs.map(({ whole, parts }) => ({
        reward: whole.reward,
        criteria: Object.fromEntries(Object.entries(parts).map(([name, { reward }]) => [name, reward])),
      }));
    },
    takeErrors() {
      const taken = errors;
      errors = { train: noCounts(), valid: noCounts() };
      return taken;
    },
  };
}

function refuseBrokenGrader(runs: GraderRun[]): void {
  if (!runs.every(({ metadata }) => metadata.errors.python_grader_runtime_error)) return;
  const details = runs[0]?.metadata.errors.python_grader_runtime_error_details;
  throw new ConfigurationError(
    `The grader failed on all ${runs.length} answers of a step, so nothing can be learned. It says: ${details}`,
  );
}

function noCounts(): GraderCounts {
  return { whole: noErrors(), parts: {} };
}

function noErrors(): ErrorCounts {
  return {
    runs: 0,
    sampleParse: 0,
    invalidVariable: 0,
    pythonRuntime: 0,
    pythonServer: 0,
    unresponsive: 0,
    other: 0,
    seconds: 0,
  };
}

function count(counts: ErrorCounts, { metadata: { errors, execution_time } }: GraderRun): void {
  counts.runs += 1;
  counts.sampleParse += Number(errors.sample_parse_error);
  counts.invalidVariable += Number(errors.invalid_variable_error);
  counts.pythonRuntime += Number(errors.python_grader_runtime_error);
  counts.pythonServer += Number(errors.python_grader_server_error);
  counts.unresponsive += Number(errors.unresponsive_reward_error);
  counts.other += Number(errors.other_error || errors.formula_parse_error);
  counts.seconds += execution_time;
}
