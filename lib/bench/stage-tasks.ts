/**
 * The stages of preparation that follow the first one, each alone: counting the tokens of prompts, and grading answers.
 * @module
 */
import { openShard, readRowGroups, type SourceRow } from "../data/shard.js";
import { loadPromptTokenCount } from "../data/token-count.js";
import { answersEqual } from "../grader/answers.js";
import { openSandbox } from "../grader/sandbox.js";

/** How long a stage took for so many rows, what has to be loaded first left out. */
export interface StageTime {
  rows: number;
  seconds: number;
}

/** Counts the tokens of every prompt. */
export async function countTokens({ paths }: { paths: string[] }): Promise<StageTime> {
  const prompts = await collect(paths, ({ problem }) => problem);
  const count = await loadPromptTokenCount("rft");
  return time(prompts, async () => {
    for (const prompt of prompts) count(prompt);
  });
}

/** Grades every reference answer against itself. */
export async function gradeAnswers({ paths }: { paths: string[] }): Promise<StageTime> {
  const pairs = await collect(paths, ({ answer }) => ({ gold: answer, pred: answer }));
  const sandbox = openSandbox();
  try {
    await answersEqual(sandbox, pairs.slice(0, 1));
    return await time(pairs, () => answersEqual(sandbox, pairs));
  } finally {
    sandbox.close();
  }
}

async function collect<T>(paths: string[], pick: (row: SourceRow) => T): Promise<T[]> {
  const picked: T[] = [];
  for (const path of paths) {
    for await (const rows of readRowGroups(await openShard(path))) picked.push(...rows.map(pick));
  }
  return picked;
}

async function time(rows: readonly unknown[], work: () => Promise<unknown>): Promise<StageTime> {
  const start = performance.now();
  await work();
  return { rows: rows.length, seconds: (performance.now() - start) / 1000 };
}
