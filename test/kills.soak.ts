import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  codeCells,
  findingsOf,
  freshProject,
  notebookName,
  type Run,
  runNotebook,
  runNotebookKilledIn,
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
      const killed = await runNotebookKilledIn(folder, id, milliseconds);
      // The last cells may end before the kill.
      if (killed.exitCode !== 0) expect(killed.printed).toContain("The kernel ended (SIGKILL)");
      const whole = await runNotebook(folder);
      expect(whole.exitCode, whole.printed).toBe(0);
      expect(findingsOf(whole)).toEqual(findingsOf(await undisturbed));
    },
  );
});
