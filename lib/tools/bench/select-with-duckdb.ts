/**
 * The same selection by DuckDB: it reads the same columns and chooses the trace itself, so that only chosen traces leave it, in a
 * stream of chunks; the lines are written by the same writer.
 * @module
 */
import { LineWriter } from "../../data/line-writer.js";
import { type LineSource, writeTrainingLine } from "../../data/training-lines.js";
import { loadBenchPackage } from "./bench-packages.js";
import type { Selection, SelectionInput } from "./select-with-hyparquet.js";

/** The part of the package's interface that is used here. */
interface DuckdbPackage {
  DuckDBInstance: { create(): Promise<{ connect(): Promise<Connection> }> };
}
interface Connection {
  stream(sql: string): Promise<{ fetchChunk(): Promise<{ rowCount: number; getRows(): (string | null)[][] } | null> }>;
}

/** The 1-based place of the first trace that `verdicts` calls correct, among the complete ones that are not empty. */
const firstFoundCorrect = (verdicts: string): string => `list_position(list_transform(range(1, len(generations) + 1),
  lambda i: ${verdicts}[i] AND is_reasoning_complete[i] AND generations[i] <> ''), true)`;

/** Writes a supervised line for each row with a verified and complete trace. */
export async function selectWithDuckdb({ paths, output }: SelectionInput): Promise<Selection> {
  const { DuckDBInstance } = loadBenchPackage<DuckdbPackage>("@duckdb/node-api");
  const connection = await (await DuckDBInstance.create()).connect();
  const files = paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(", ");
  const result = await connection.stream(`
    SELECT problem, answer, problem_type, source, uuid, question_type, generations[place] AS trace
    FROM (SELECT *, coalesce(${firstFoundCorrect("correctness_math_verify")}, ${firstFoundCorrect("correctness_llama")}) AS place
          FROM read_parquet([${files}]))
    WHERE trace IS NOT NULL`);
  const writer = await LineWriter.create(output);
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const row of chunk.getRows()) {
      const [problem, answer, problemType, source, uuid, , trace] = row.map((cell) => cell ?? "");
      await writeTrainingLine(writer, { problem, answer, problemType, source, uuid, trace } as LineSource, "sft");
    }
  }
  const sha256 = await writer.finish();
  await writer.close();
  return { lines: writer.lines, bytes: writer.bytes, sha256 };
}
