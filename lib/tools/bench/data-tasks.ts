/**
 * What is measured of data preparation: its first stage, by the project's own reader and by DuckDB, and the
 * stages that follow it, each alone.
 * @module
 */
import { checkAnswers } from "../../data/check-answers.js";
import { LineWriter } from "../../data/line-writer.js";
import { readRowGroups, type SourceRow } from "../../data/read-rows.js";
import { openShard } from "../../data/shards.js";
import { type LineSource, loadPromptTokenCount, writeTrainingLine } from "../../data/training-lines.js";
import { openSandbox } from "../../grader/sandbox.js";
import { loadBenchPackage } from "./bench-packages.js";

/** Which shards to read, and the JSONL file to write, which must not exist. */
interface SelectionInput {
  paths: string[];
  output: string;
}

/** What was written. */
export interface Selection {
  lines: number;
  bytes: number;
  sha256: string;
}

/** Writes a supervised line for each row with a verified and complete trace. */
export async function selectWithHyparquet({ paths, output }: SelectionInput): Promise<Selection> {
  const writer = await LineWriter.create(output);
  for (const path of paths) {
    for await (const rows of readRowGroups(await openShard(path))) {
      for (const row of rows) if (row.trace !== null) await writeTrainingLine(writer, row, "sft");
    }
  }
  return finish(writer);
}

/** The part of the package's interface that is used here. */
interface DuckdbPackage {
  DuckDBInstance: { create(): Promise<{ connect(): Promise<Connection> }> };
}
interface Connection {
  stream(sql: string): Promise<{ fetchChunk(): Promise<{ rowCount: number; getRows(): (string | null)[][] } | null> }>;
}

/** The 1-based place of the first complete, non-empty trace that the column `correctness` calls correct. */
const firstFoundCorrect = (correctness: string): string => `list_position(list_transform(range(1, len(generations) + 1),
  lambda i: ${correctness}[i] AND is_reasoning_complete[i] AND generations[i] <> ''), true)`;

/**
 * The same selection by DuckDB: it reads the same columns and chooses the trace itself, so that only chosen
 * traces leave it, in a stream of chunks; the lines are written by the same writer.
 */
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
  return finish(writer);
}

async function finish(writer: LineWriter): Promise<Selection> {
  const sha256 = await writer.finish();
  await writer.close();
  return { lines: writer.lines, bytes: writer.bytes, sha256 };
}

/** How long a stage took for so many rows, without reading them and loading what the stage needs. */
interface StageTime {
  rows: number;
  seconds: number;
}

/** Counts the tokens of every prompt. */
export async function countTokens({ paths }: { paths: string[] }): Promise<StageTime> {
  const count = await loadPromptTokenCount("rft");
  return time(paths, async (rows) => {
    for (const { problem } of rows) count(problem);
  });
}

/** Grades every reference answer against itself and against the verified trace. */
export async function gradeAnswers({ paths }: { paths: string[] }): Promise<StageTime> {
  const sandbox = openSandbox();
  try {
    await checkAnswers(sandbox, [{ answer: "1", trace: null }]);
    return await time(paths, (rows) => checkAnswers(sandbox, rows));
  } finally {
    sandbox.close();
  }
}

async function time(paths: string[], work: (rows: SourceRow[]) => Promise<unknown>): Promise<StageTime> {
  const total = { rows: 0, seconds: 0 };
  for (const path of paths) {
    for await (const rows of readRowGroups(await openShard(path))) {
      const start = performance.now();
      await work(rows);
      total.seconds += (performance.now() - start) / 1000;
      total.rows += rows.length;
    }
  }
  return total;
}
