/**
 * Programs in processes of their own, what each of them used, and tables of it. The measuring process itself
 * stays small: a system may count the memory of a parent at the moment of the start as its child's.
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Task, TaskInput, TaskOutput } from "./run-task.js";

/** What a process used, from its start to its end. */
export interface Usage {
  /** User and system time of all its threads. */
  cpuSeconds: number;
  /** The most memory that it held at any time (resident set, in units of 1,048,576 bytes). */
  peakMegabytes: number;
  /** The same of its largest child process; 0 without one, and on systems that do not tell. */
  childrenPeakMegabytes: number;
}

/** A program's usage beside its result. */
export interface Measured<T> extends Usage {
  result: T;
  /** From before its start to after its end. */
  seconds: number;
}

/** Tells a process where to write its usage. */
export const usageFileVariable = "BENCH_USAGE_FILE";

/** Runs a task in a process of its own. Rejects with what it wrote to its standard error where it fails. */
export async function measureTask<T extends Task>(task: T, input: TaskInput<T>): Promise<Measured<TaskOutput<T>>> {
  const measured = await measureCommand(join(__dirname, "run-task.js"), [task, JSON.stringify(input)]);
  return { ...measured, result: JSON.parse(measured.result) as TaskOutput<T> };
}

/** Runs a compiled program in a process of its own; its result is what it writes to its standard output. */
export async function measureCommand(script: string, options: string[]): Promise<Measured<string>> {
  const folder = await mkdtemp(join(tmpdir(), "bench-"));
  const file = join(folder, "usage.json");
  const start = performance.now();
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--require", join(__dirname, "report-usage.js"), script, ...options],
      { env: { ...process.env, [usageFileVariable]: file } },
    );
    const seconds = (performance.now() - start) / 1000;
    return { result: stdout, seconds, ...(JSON.parse(await readFile(file, "utf8")) as Usage) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Rows of cells in columns of equal width: the first to the left, the others to the right. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const cell = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}
