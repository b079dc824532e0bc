/**
 * The index of a preparation, `problems.arrow`: one row for each problem that was read, kept or not. It is an
 * Arrow IPC file with plain columns, so that pandas, Polars and DuckDB open it too.
 * @module
 */
import { isAscii } from "node:buffer";
import { readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import {
  Field,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  tableFromIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { DataError, messageOf } from "../util/errors.js";
import { completePreparation } from "./output-folder.js";
import { type DropReason, isKept, type QuestionKind, type ScreenedRow } from "./screen-rows.js";
import type { Split } from "./seen-problems.js";

/** One problem of the index. Its outcome is in `split` or in `dropped`; the other one is null. */
export interface ProblemRow {
  uuid: string;
  /** Null if the problem was dropped. */
  split: Split | null;
  source: string;
  problemType: string;
  questionKind: QuestionKind;
  answer: string;
  /** How the grader reads the answer: `number`, `set`, `interval`, …; null if there is no answer. */
  answerKind: string | null;
  /** Length of the prompt in tokens (o200k_base); null if the problem was dropped. */
  promptTokens: number | null;
  /** Length of the verified solution in characters; null if there is none. */
  traceCharacters: number | null;
  /** Why the problem was dropped; null if it was kept. */
  dropped: DropReason | null;
}

/** Name, type and place in {@link ProblemRow} of each column. */
const columns = [
  { name: "uuid", key: "uuid", type: new Utf8() },
  { name: "split", key: "split", type: new Utf8() },
  { name: "source", key: "source", type: new Utf8() },
  { name: "problem_type", key: "problemType", type: new Utf8() },
  { name: "question_kind", key: "questionKind", type: new Utf8() },
  { name: "answer", key: "answer", type: new Utf8() },
  { name: "answer_kind", key: "answerKind", type: new Utf8() },
  { name: "prompt_tokens", key: "promptTokens", type: new Int32() },
  { name: "trace_characters", key: "traceCharacters", type: new Int32() },
  { name: "dropped", key: "dropped", type: new Utf8() },
] as const satisfies readonly { name: string; key: keyof ProblemRow; type: Utf8 | Int32 }[];

const schema = new Schema(columns.map(({ name, type }) => new Field<Utf8 | Int32>(name, type, true)));

/** What the index says of a row. */
export function problemRow({ row, outcome, questionKind, check, promptTokens }: ScreenedRow): ProblemRow {
  return {
    uuid: row.uuid,
    split: isKept(outcome) ? outcome : null,
    source: row.source,
    problemType: row.problemType,
    questionKind,
    answer: row.answer,
    answerKind: check?.kind ?? null,
    promptTokens,
    traceCharacters: row.trace && countCharacters(row.trace),
    dropped: isKept(outcome) ? null : outcome,
  };
}

/** How many characters (Unicode code points) `text`, in UTF-8, has. */
export function countCharacters(text: Uint8Array): number {
  if (isAscii(text)) return text.length;
  let count = 0;
  for (const byte of text) if ((byte & 0xc0) !== 0x80) count += 1;
  return count;
}

/** A `problems.arrow` being written, one record batch at a time. */
export class ProblemsTable {
  readonly #writer = new RecordBatchFileWriter();
  readonly #written: Promise<void>;

  /** Starts the file at `path`, which must not exist yet. */
  constructor(path: string) {
    this.#written = writeFile(path, this.#writer, { flag: "wx", flush: true });
    // A failure surfaces in the next write() or in finish().
    this.#written.catch(() => {});
  }

  /** Appends rows as one record batch; rejects with the system's error if the disk takes no more. */
  async write(rows: readonly ProblemRow[]): Promise<void> {
    const children = columns.map(({ key, type }) => {
      const vector = vectorFromArray<Utf8 | Int32>(rows.map((row) => row[key]) as never, type);
      return vector.data[0] as (typeof vector.data)[number];
    });
    const data = makeData({ type: new Struct(schema.fields), length: rows.length, children });
    await this.#step(() => this.#writer.write(new RecordBatch(schema, data)));
  }

  /**
   * Completes the file and waits until it is on the disk; rejects with the system's error. Safe to repeat.
   */
  async finish(): Promise<void> {
    await this.#step(() => this.#writer.finish());
    await this.#written;
  }

  /** Once the disk has refused more, the writer only says that it is closed; the promise says why. */
  async #step(step: () => void): Promise<void> {
    try {
      step();
    } catch (error) {
      await this.#written;
      throw error;
    }
  }
}

/** The rows of a `problems.arrow`. Throws a `DataError` if the file is missing or is something else. */
export async function readProblems(file: string): Promise<ProblemRow[]> {
  completePreparation(dirname(file));
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new DataError(`${file} cannot be read (${messageOf(error)}). Run npm run prepare-data to write it.`, {
      cause: error,
    });
  });
  try {
    const table = tableFromIPC(bytes);
    const vectors = columns.map(({ name, key }) => ({ key, vector: table.getChild(name) }));
    return Array.from({ length: table.numRows }, (_, row) => {
      const entries = vectors.map(({ key, vector }) => [key, vector?.get(row)]);
      return Object.fromEntries(entries) as ProblemRow;
    });
  } catch (error) {
    throw new DataError(
      `${file} is not an Arrow file of problems (${messageOf(error)}). Run npm run prepare-data to write it again.`,
      { cause: error },
    );
  }
}
