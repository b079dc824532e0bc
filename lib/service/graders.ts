/**
 * Graders, as the service takes them, what running one returns, and which keys of a training line a grader
 * reads. Source: OpenAI API specification 2.3.0 and the Microsoft reinforcement fine-tuning how-to.
 * @module
 */

/** 1 where `input` stands in the named relation to `reference`, else 0. */
export interface StringCheckGrader {
  type: "string_check";
  name: string;
  operation: "eq" | "ne" | "like" | "ilike";
  input: string;
  reference: string;
}

/** A text metric between `input` and `reference`, in [0, 1]. */
export interface TextSimilarityGrader {
  type: "text_similarity";
  name: string;
  evaluation_metric: "fuzzy_match" | "bleu" | "gleu" | "meteor" | `rouge_${1 | 2 | 3 | 4 | 5 | "l"}`;
  input: string;
  reference: string;
  pass_threshold?: number;
}

/** A model that scores the answer by a rubric; each call costs tokens. */
export interface ScoreModelGrader {
  type: "score_model";
  name: string;
  model: string;
  input: { role: string; content: string; type?: "message" }[];
  range?: [number, number];
  sampling_params?: Record<string, unknown>;
  pass_threshold?: number;
}

/**
 * Python source that defines `grade(sample, item)`, run in the service's sandbox (no network, 2 minutes, 256
 * kB of source).
 */
export interface PythonGrader {
  type: "python";
  name: string;
  source: string;
  image_tag?: string;
  pass_threshold?: number;
}

/** A grader that can stand alone or inside a multi grader. */
export type SingleGrader = StringCheckGrader | TextSimilarityGrader | ScoreModelGrader | PythonGrader;

/**
 * Several graders under names, joined by an arithmetic expression over these names. The SDK types `graders`
 * wrongly as one grader.
 */
export interface MultiGrader {
  type: "multi";
  name: string;
  graders: Record<string, SingleGrader>;
  calculate_output: string;
}

export type Grader = SingleGrader | MultiGrader;

/** One model output to be graded, beside the fields of its row of the training file. */
export interface GraderSample {
  outputText: string;
  item: Record<string, unknown>;
}

/** The error flags of one run. A grader that raises is not an HTTP error: the reward is 0 and a flag is set. */
export interface GraderRunErrors {
  formula_parse_error: boolean;
  sample_parse_error: boolean;
  truncated_observation_error: boolean;
  unresponsive_reward_error: boolean;
  invalid_variable_error: boolean;
  other_error: boolean;
  python_grader_server_error: boolean;
  python_grader_server_error_type: string | null;
  python_grader_runtime_error: boolean;
  python_grader_runtime_error_details: string | null;
  model_grader_server_error: boolean;
  model_grader_refusal_error: boolean;
  model_grader_parse_error: boolean;
  model_grader_server_error_details: string | null;
}

/**
 * What `POST …/alpha/graders/run` returns. `sub_rewards` and `metadata.scores` hold one entry for each part
 * of a multi grader.
 */
export interface GraderRun {
  reward: number;
  metadata: {
    name: string;
    type: Grader["type"];
    /** Seconds. */
    execution_time: number;
    scores: Record<string, number>;
    token_usage: number | null;
    sampled_model_name: string | null;
    errors: GraderRunErrors;
  };
  sub_rewards: Record<string, number>;
  model_grader_token_usage_per_model: Record<string, number>;
}

/**
 * The keys of the row that the grader names, sorted, each once: those in templates such as `{{item.answer}}`,
 * and those that Python source asks for as `item["answer"]` or `item.get("answer")`, whatever its second
 * parameter is called.
 */
export function graderKeys(grader: Grader): string[] {
  return [...new Set(keysIn(grader))].sort();
}

function keysIn(value: unknown): string[] {
  if (typeof value === "string") return firstGroups(value, /\{\{\s*item\.([^\s.[\]{}]+)/g);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    name === "source" && typeof part === "string" ? keysInPython(part) : keysIn(part),
  );
}

function keysInPython(source: string): string[] {
  const parameter = /^\w+/.exec(gradeParameters(source)?.[1] ?? "")?.[0] ?? "item";
  const names = new Set(["item", parameter]);
  return [...names].flatMap((name) =>
    firstGroups(source, new RegExp(`\\b${name}\\s*(?:\\[|\\.get\\()\\s*["']([^"']+)["']`, "g")),
  );
}

/**
 * The parameters of a Python grader's top-level `grade`, each with its type hint; undefined if the source
 * does not define it. One pass over the source, whatever it holds: graders come from outside.
 */
export function gradeParameters(source: string): string[] | undefined {
  const opening = /^def\s+grade\s*\(/m.exec(source);
  if (!opening) return undefined;
  const parameters: string[] = [];
  let start = opening.index + opening[0].length;
  let depth = 1;
  for (let at = start; depth > 0; at += 1) {
    const sign = source.charAt(at);
    if (sign === "") return undefined;
    if ("([{".includes(sign)) depth += 1;
    if (")]}".includes(sign)) depth -= 1;
    if (depth > 1 || (depth === 1 && sign !== ",")) continue;
    parameters.push(source.slice(start, at).trim());
    start = at + 1;
  }
  const colon = /\s*(->[^:]*)?:/y;
  colon.lastIndex = start;
  return colon.test(source) ? parameters.filter((parameter) => parameter !== "") : undefined;
}

function firstGroups(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] as string);
}
