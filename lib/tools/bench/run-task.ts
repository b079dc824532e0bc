/**
 * Runs one task of the benchmark: its name and its input as JSON are the two arguments, its output goes to
 * the standard output.
 * @module
 */
const tasks = {
  makeShard: async () => (await import("./make-shards.js")).makeShard,
  selectWithHyparquet: async () => (await import("./data-tasks.js")).selectWithHyparquet,
  selectWithDuckdb: async () => (await import("./data-tasks.js")).selectWithDuckdb,
  countTokens: async () => (await import("./data-tasks.js")).countTokens,
  gradeAnswers: async () => (await import("./data-tasks.js")).gradeAnswers,
  nanoRounds: async () => (await import("./nano-tasks.js")).nanoRounds,
  nanoTraining: async () => (await import("./nano-tasks.js")).nanoTraining,
  evaluate: async () => (await import("./evaluate-task.js")).evaluate,
};

type Tasks = typeof tasks;

/** The name of a task. */
export type Task = keyof Tasks;

/** What a task is given, and what it resolves to; both as JSON. */
export type TaskInput<T extends Task> = Parameters<Awaited<ReturnType<Tasks[T]>>>[0];
export type TaskOutput<T extends Task> = Awaited<ReturnType<Awaited<ReturnType<Tasks[T]>>>>;

async function main([name = "", input = ""]: string[]): Promise<void> {
  const run = (await tasks[name as Task]()) as (input: unknown) => Promise<unknown>;
  console.log(JSON.stringify((await run(JSON.parse(input))) ?? null));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
