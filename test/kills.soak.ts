import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  codeCells,
  configureAzure,
  findingsOf,
  freshProject,
  notebookName,
  type Run,
  runNotebook,
  runNotebookKilled,
} from "./cookbook.js";

/** Milliseconds after a cell has begun; many a cell has ended by then, and the kernel dies in the next. */
const delays = [0, 300, 3000];

let undisturbed: Promise<Run> | undefined;

describe("a kernel killed in any cell", async () => {
  const cells = await codeCells(join(__dirname, "..", notebookName));
  test.for(cells.map(({ id }, i) => [id, delays[i % delays.length] as number] as const))(
    "%s, after %i ms, costs nothing but a second run",
    { timeout: 900_000 },
    async ([id, milliseconds]) => {
      undisturbed ??= freshProject().then(runNotebook);
      const folder = await freshProject();
      const killed = await runNotebookKilled(folder, { cellId: id, milliseconds });
      // The last cells may end before the kill.
      if (killed.exitCode !== 0) expect(killed.printed).toContain("The kernel ended (SIGKILL)");
      const whole = await runNotebook(folder);
      expect(whole.exitCode, whole.printed).toBe(0);
      expect(findingsOf(whole)).toEqual(findingsOf(await undisturbed));
    },
  );
});

test("killed while it uploads, trains and evaluates on Azure, the notebook ends as if it were not", {
  timeout: 900_000,
}, async () => {
  undisturbed ??= freshProject().then(runNotebook);
  const folder = await freshProject();
  await configureAzure(folder, { RUN_PAID_JOBS: "true" });
  for (const kill of [
    { cellId: "upload", milliseconds: 40 },
    { cellId: "watch-job", milliseconds: 2000 },
    { cellId: "compare-sentence", milliseconds: 3000 },
  ]) {
    expect((await runNotebookKilled(folder, kill)).printed).toContain("The kernel ended (SIGKILL)");
  }
  const whole = await runNotebook(folder);
  expect(whole.exitCode, whole.printed).toBe(0);
  expect(findingsOf(whole)).toEqual(findingsOf(await undisturbed));
});
