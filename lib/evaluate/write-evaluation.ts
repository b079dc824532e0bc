/**
 * Evaluations as files: every answer a row, as Arrow for pandas, Polars and DuckDB, and as JSONL for
 * everything else.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  Bool,
  type DataType,
  Float64,
  Int32,
  Schema,
  Table,
  tableToIPC,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import { replaceFile } from "../util/files.js";
import { sha256 } from "../util/hash.js";
import { type Evaluation, type EvaluationSample, isRight } from "./evaluation.js";

/** The two files of one evaluation. */
export interface EvaluationFiles {
  arrow: string;
  jsonl: string;
}

/** Name, type and content of the columns before those of the verifier's criteria. */
const columns: readonly { name: string; type: DataType; value: (sample: EvaluationSample) => unknown }[] = [
  { name: "problem_id", type: new Utf8(), value: ({ problemId }) => problemId },
  { name: "problem_type", type: new Utf8(), value: ({ problemType }) => problemType },
  { name: "problem", type: new Utf8(), value: ({ problem }) => problem },
  { name: "output_text", type: new Utf8(), value: ({ outputText }) => outputText },
  { name: "final_answer", type: new Utf8(), value: ({ finalAnswer }) => finalAnswer },
  { name: "right", type: new Bool(), value: isRight },
  { name: "reward", type: new Float64(), value: ({ reward }) => reward },
  { name: "finish_reason", type: new Utf8(), value: ({ finishReason }) => finishReason },
  { name: "prompt_tokens", type: new Int32(), value: ({ promptTokens }) => promptTokens },
  { name: "completion_tokens", type: new Int32(), value: ({ completionTokens }) => completionTokens },
  { name: "reasoning_tokens", type: new Int32(), value: ({ reasoningTokens }) => reasoningTokens },
  { name: "seconds", type: new Float64(), value: ({ seconds }) => seconds },
];

/**
 * Writes the answers of `evaluation` into `folder`, which is made where it is missing, each file whole or not
 * at all. Their name is the deployment's with a hash of what was measured and how, so that another
 * measurement never replaces this one. The columns are those above and `criterion_…` for each of the
 * verifier's; the summary, as JSON, is the Arrow schema's metadata under `evaluation`. Rejects with the
 * system's error where the disk takes no more.
 */
export async function writeEvaluation(evaluation: Evaluation, folder = "out/evaluations"): Promise<EvaluationFiles> {
  const { samples, seconds, reused, ...measured } = evaluation;
  const summary = { ...measured, seconds, reused };
  const all = [...columns, ...criterionColumns(samples)];
  const content = sha256(JSON.stringify({ measured, samples })).slice(0, 16);
  const path = join(folder, `${evaluation.deployment.replace(/[^\w.-]/g, "_")}-${content}`);
  const files = { arrow: `${path}.arrow`, jsonl: `${path}.jsonl` };

  const vectors: Record<string, Vector> = Object.fromEntries(
    all.map(({ name, type, value }) => [name, vectorFromArray(samples.map(value), type)]),
  );
  const { schema, batches } = new Table(vectors);
  const described = new Schema(schema.fields, new Map([["evaluation", JSON.stringify(summary)]]));
  const rows = samples.map((sample) => Object.fromEntries(all.map(({ name, value }) => [name, value(sample)])));

  await mkdir(folder, { recursive: true });
  await replaceFile(files.arrow, tableToIPC(new Table(described, batches), "file"));
  await replaceFile(files.jsonl, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return files;
}

function criterionColumns(samples: readonly EvaluationSample[]): typeof columns {
  const names = [...new Set(samples.flatMap(({ criteria }) => Object.keys(criteria)))];
  return names.map((name) => ({
    name: `criterion_${name}`,
    type: new Float64(),
    value: ({ criteria }) => criteria[name] ?? null,
  }));
}
