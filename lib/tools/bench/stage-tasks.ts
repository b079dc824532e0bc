/**
 * The stages of preparation that follow the first one, each alone: counting the tokens of prompts, and checking answers with the
 * grader.
 * @module
 */
import { checkAnswers } from "../../data/check-answers.js";
import { readRowGroups, type SourceRow } from "../../data/read-rows.js";
import { openShard } from "../../data/shards.js";
import { loadPromptTokenCount } from "../../data/training-lines.js";
import { openSandbox } from "../../grader/sandbox.js";

/** How long a stage took for so many rows, reading them and loading what the stage needs left out. */
export interface StageTime {
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
