/**
 * Runs a grader on this machine with the service's semantics: `POST …/alpha/graders/run`, for a whole batch of samples.
 * @module
 */

import type {
  Grader,
  GraderRun,
  GraderRunErrors,
  GraderSample,
  MultiGrader,
  SingleGrader,
} from "../service/graders.js";
import { UserError } from "../util/errors.js";
import { parseFormula } from "./formula.js";
import type { CallOutcome, GraderSandbox } from "./sandbox.js";
import { fillTemplate, wireSample } from "./template.js";
import { textSimilarity } from "./text-metrics.js";

/** A run and the runs of its parts: those of a multi grader under their keys, or the grader itself under its name. */
export interface GraderRunInParts {
  whole: GraderRun;
  parts: Record<string, GraderRun>;
}

/** What one grader says of one sample. */
interface Score {
  score: number;
  seconds: number;
  errors: Partial<GraderRunErrors>;
}

const noErrors: GraderRunErrors = {
  formula_parse_error: false,
  sample_parse_error: false,
  truncated_observation_error: false,
  unresponsive_reward_error: false,
  invalid_variable_error: false,
  other_error: false,
  python_grader_server_error: false,
  python_grader_server_error_type: null,
  python_grader_runtime_error: false,
  python_grader_runtime_error_details: null,
  model_grader_server_error: false,
  model_grader_refusal_error: false,
  model_grader_parse_error: false,
  model_grader_server_error_details: null,
};

/**
 * Grades every sample, in order. A grader that fails on a sample gives it 0 and sets an error flag, as the service does.
 * Throws a `UserError` for what cannot run here: a grader that asks a model, or a text metric that needs word lists.
 */
export async function runGrader(sandbox: GraderSandbox, grader: Grader, samples: GraderSample[]): Promise<GraderRun[]> {
  return (await runGraderInParts(sandbox, grader, samples)).map(({ whole }) => whole);
}

/** The same as `runGrader`, and beside each run what every part did: its own score, time and error flags. */
export async function runGraderInParts(
  sandbox: GraderSandbox,
  grader: Grader,
  samples: GraderSample[],
): Promise<GraderRunInParts[]> {
  if (grader.type === "multi") return runMulti(sandbox, grader, samples);
  const scores = await scoreAll(sandbox, grader, samples);
  return scores.map((score) => {
    const run = graderRun(grader, score, {});
    return { whole: run, parts: { [grader.name]: run } };
  });
}

async function runMulti(
  sandbox: GraderSandbox,
  grader: MultiGrader,
  samples: GraderSample[],
): Promise<GraderRunInParts[]> {
  const formula = parseFormula(grader.calculate_output);
  const graders = Object.entries(grader.graders);
  const columns = await Promise.all(graders.map(([, part]) => scoreAll(sandbox, part, samples)));
  return samples.map((_, row) => {
    const scores = columns.map((column) => column[row] as Score);
    const parts = graders.map(([name, part], i) => [name, graderRun(part, scores[i] as Score, {})] as const);
    const subRewards = Object.fromEntries(parts.map(([name, { reward }]) => [name, reward]));
    const reward = formula.evaluate(subRewards);
    const errors: Partial<GraderRunErrors> = Object.assign({}, ...scores.map((score) => score.errors));
    const seconds = scores.reduce((sum, score) => sum + score.seconds, 0);
    const whole = Number.isFinite(reward)
      ? { score: reward, seconds, errors }
      : { score: 0, seconds, errors: { ...errors, formula_parse_error: true } };
    return { whole: graderRun(grader, whole, subRewards), parts: Object.fromEntries(parts) };
  });
}

function graderRun(grader: Grader, { score, seconds, errors }: Score, subRewards: Record<string, number>): GraderRun {
  return {
    reward: score,
    metadata: {
      name: grader.name,
      type: grader.type,
      execution_time: seconds,
      scores: subRewards,
      token_usage: null,
      sampled_model_name: null,
      errors: { ...noErrors, ...errors },
    },
    sub_rewards: subRewards,
    model_grader_token_usage_per_model: {},
  };
}

async function scoreAll(sandbox: GraderSandbox, grader: SingleGrader, samples: GraderSample[]): Promise<Score[]> {
  switch (grader.type) {
    case "python": {
      const argumentLists = samples.map((sample) => [wireSample(sample), sample.item]);
      return (await sandbox.call(grader.source, "grade", argumentLists)).map(pythonScore);
    }
    case "string_check":
      return samples.map((sample) =>
        compareTexts(grader, sample, (input, reference) => Number(stringCheck(grader.operation, input, reference))),
      );
    case "text_similarity":
      return samples.map((sample) =>
        compareTexts(grader, sample, (input, reference) => {
          const score = textSimilarity(grader.evaluation_metric, input, reference);
          if (score === undefined)
            throw new UserError(
              `The grader "${grader.name}" uses the metric ${grader.evaluation_metric}, which runs only on Azure. ` +
                "Use fuzzy_match or a rouge metric to run it here.",
            );
          return score;
        }),
      );
    case "score_model":
      throw new UserError(
        `The grader "${grader.name}" needs the model ${grader.model}, so it runs only on Azure. ` +
          "Use a Python grader to run it here.",
      );
  }
}

function pythonScore(outcome: CallOutcome): Score {
  const seconds = outcome.milliseconds / 1000;
  if (outcome.ok && typeof outcome.value === "number") return { score: outcome.value, seconds, errors: {} };
  const details = outcome.ok ? `grade returned ${JSON.stringify(outcome.value)}, not a number` : outcome.message;
  const errors = { python_grader_runtime_error: true, python_grader_runtime_error_details: details };
  return { score: 0, seconds, errors };
}

function compareTexts(
  { input, reference }: { input: string; reference: string },
  sample: GraderSample,
  compare: (input: string, reference: string) => number,
): Score {
  const start = performance.now();
  const [left, right] = [fillTemplate(input, sample), fillTemplate(reference, sample)];
  if (left === undefined || right === undefined)
    return { score: 0, seconds: 0, errors: { invalid_variable_error: true } };
  return { score: compare(left, right), seconds: (performance.now() - start) / 1000, errors: {} };
}

function stringCheck(operation: "eq" | "ne" | "like" | "ilike", input: string, reference: string): boolean {
  switch (operation) {
    case "eq":
      return input === reference;
    case "ne":
      return input !== reference;
    case "like":
      return input.includes(reference);
    case "ilike":
      return input.toLowerCase().includes(reference.toLowerCase());
  }
}
