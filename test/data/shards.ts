/**
 * Shards for the tests, written as the project's own sample is.
 * @module
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type OpenR1Row, shardBytes } from "../../dist/data/open-r1.js";

const folders: string[] = [];

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** An empty folder that is gone when the file's tests have ended. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "data-test-"));
  folders.push(folder);
  return folder;
}

/** A sound row with one verified trace, changed where the test needs it. */
export function openR1Row(number: number, change: Partial<OpenR1Row> = {}): OpenR1Row {
  return {
    problem: `What is $${number} + 1$?`,
    solution: null,
    answer: String(number + 1),
    problem_type: "Algebra",
    question_type: "math-word-problem",
    source: "test",
    uuid: `uuid-${number}`,
    is_reasoning_complete: [true],
    generations: [`<think>one more</think> \\boxed{${number + 1}}`],
    correctness_math_verify: [true],
    correctness_llama: null,
    finish_reasons: null,
    correctness_count: 1n,
    messages: null,
    ...change,
  };
}

/** Sound rows with the numbers from `first` to `last`. */
export function openR1Rows(first: number, last: number): OpenR1Row[] {
  return Array.from({ length: last - first + 1 }, (_, i) => openR1Row(first + i));
}

/** Writes a shard and returns its path. */
export async function writeShard(folder: string, name: string, rows: OpenR1Row[], rowGroupSize = 500): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, shardBytes(rows, rowGroupSize));
  return path;
}
