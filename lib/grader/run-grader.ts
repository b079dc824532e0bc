/**
 * Runs a grader on this machine with the service's semantics: `POST …/alpha/graders/run`, for a whole batch
 * of samples.
 * @module
 */
import type {
  Grader,
  GraderRun,
  GraderRunErrors,
  GraderSample,
  MultiGrader,
  SingleGrader,
  StringCheckGrader,
} from "../service/graders.js";
import { ConfigurationError } from "../util/errors.js";
import { sum } from "../util/numbers.js";
import { parseFormula } from "./formula.js";
import type { CallOutcome, GraderSandbox } from "./sandbox.js";
import { fillTemplate, wireSample } from "./template.js";

/**
 * A run and the runs of its parts: those of a multi grader under their keys, or the grader itself under its
 * name.
 */
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
 * Grades every sample, in order. A grader that fails on a sample gives it 0 and sets an error flag, as the
 * service does. Throws a `ConfigurationError` for what runs only on Azure: a grader that asks a model, and
 * text similarity.
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
  // One author wrote the parts, which are mostly made from one file: they share a process.
  const owner = JSON.stringify(grader);
  const columns = await Promise.all(
    Object.entries(grader.graders).map(async ([name, part]) => ({
      name,
      part,
      scores: await scoreAll(sandbox, part, samples, owner),
    })),
  );
  return samples.map((_, row) => {
    const scored = columns.map(({ name, part, scores }) => ({ name, part, score: scores[row] as Score }));
    const subRewards = Object.fromEntries(scored.map(({ name, score }) => [name, score.score]));
    const reward = formula.evaluate(subRewards);
    const errors: Partial<GraderRunErrors> = Object.assign({}, ...scored.map(({ score }) => score.errors));
    const seconds = sum(scored.map(({ score }) => score.seconds));
    const whole = Number.isFinite(reward)
      ? { score: reward, seconds, errors }
      : { score: 0, seconds, errors: { ...errors, formula_parse_error: true } };
    const parts = Object.fromEntries(scored.map(({ name, part, score }) => [name, graderRun(part, score, {})]));
    return { whole: graderRun(grader, whole, subRewards), parts };
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

async function scoreAll(
  sandbox: GraderSandbox,
  grader: SingleGrader,
  samples: GraderSample[],
  owner?: string,
): Promise<Score[]> {
  switch (grader.type) {
    case "python": {
      const argumentLists = samples.map((sample) => [wireSample(sample), sample.item]);
      return (await sandbox.call(grader.source, "grade", argumentLists, owner)).map(pythonScore);
    }
    case "string_check":
      return samples.map((sample) => stringScore(grader, sample));
    case "text_similarity":
      throw new ConfigurationError(
        `The grader "${grader.name}" uses the metric ${grader.evaluation_metric}, which runs only on Azure. ` +
          "Use a string check or a Python grader to run it here.",
      );
    case "score_model":
      throw new ConfigurationError(
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

/**
 * Searching one text in another can take as many steps as the product of their lengths: a second for this
 * many.
 */
const maxComparison = 4e9;

function stringScore({ operation, input, reference }: StringCheckGrader, sample: GraderSample): Score {
  const start = performance.now();
  const [left, right] = [fillTemplate(input, sample), fillTemplate(reference, sample)];
  if (left === undefined || right === undefined)
    return { score: 0, seconds: 0, errors: { invalid_variable_error: true } };
  if (left.length * right.length > maxComparison) return { score: 0, seconds: 0, errors: { other_error: true } };
  const score = Number(stringCheck(operation, left, right));
  return { score, seconds: (performance.now() - start) / 1000, errors: {} };
}

function stringCheck(operation: StringCheckGrader["operation"], input: string, reference: string): boolean {
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
