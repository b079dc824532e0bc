/**
 * The layout of OpenR1-Math-220k, for writing shards that look exactly like its own.
 * Source: the dataset's card on the Hugging Face hub, open-r1/OpenR1-Math-220k.
 * @module
 */
import type { SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";

/** One row; null means that the source says nothing. The lists run in parallel, one entry for each trace. */
export interface OpenR1Row {
  problem: string | null;
  solution: string | null;
  answer: string | null;
  problem_type: string | null;
  question_type: string | null;
  source: string | null;
  uuid: string | null;
  is_reasoning_complete: boolean[] | null;
  generations: string[] | null;
  correctness_math_verify: boolean[] | null;
  correctness_llama: boolean[] | null;
  finish_reasons: string[] | null;
  correctness_count: bigint | null;
  messages: { content: string; role: string }[] | null;
}

const text = (name: string): SchemaElement => ({
  name,
  type: "BYTE_ARRAY",
  converted_type: "UTF8",
  logical_type: { type: "STRING" },
  repetition_type: "OPTIONAL",
});

const flag = (name: string): SchemaElement => ({ name, type: "BOOLEAN", repetition_type: "OPTIONAL" });

const list = (name: string, ...element: SchemaElement[]): SchemaElement[] => [
  { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" } },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  ...element,
];

/** The schema tree, flattened as Parquet wants it: each group is followed by its children. */
const columns: Record<keyof OpenR1Row, SchemaElement[]> = {
  problem: [text("problem")],
  solution: [text("solution")],
  answer: [text("answer")],
  problem_type: [text("problem_type")],
  question_type: [text("question_type")],
  source: [text("source")],
  uuid: [text("uuid")],
  is_reasoning_complete: list("is_reasoning_complete", flag("element")),
  generations: list("generations", text("element")),
  correctness_math_verify: list("correctness_math_verify", flag("element")),
  correctness_llama: list("correctness_llama", flag("element")),
  finish_reasons: list("finish_reasons", text("element")),
  correctness_count: [{ name: "correctness_count", type: "INT64", repetition_type: "OPTIONAL" }],
  messages: list(
    "messages",
    { name: "element", repetition_type: "OPTIONAL", num_children: 2 },
    text("content"),
    text("role"),
  ),
};

/** The bytes of a Parquet shard with these rows, Snappy-compressed; the same rows give the same bytes. */
export function shardBytes(rows: readonly OpenR1Row[], rowGroupSize = 500): Uint8Array {
  const names = Object.keys(columns) as (keyof OpenR1Row)[];
  const buffer = parquetWriteBuffer({
    columnData: names.map((name) => ({ name, data: rows.map((row) => row[name]) })),
    schema: [{ name: "schema", num_children: names.length }, ...Object.values(columns).flat()],
    rowGroupSize,
    createdBy: "rft-math-cookbook",
  });
  return new Uint8Array(buffer);
}
