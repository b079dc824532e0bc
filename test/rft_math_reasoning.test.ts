import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { codeCells, findingsOf, freshProject, notebookName, type Run, runNotebook, runSections } from "./cookbook.js";

/** The numbers that a pattern finds in the summary at the end of a run. */
function numbersIn(printed: string, pattern: RegExp): number[] {
  return (printed.match(pattern) ?? []).slice(1).map(Number);
}

interface FirstRun {
  folder: string;
  first: Run;
}

let firstRun: Promise<FirstRun> | undefined;

/** The first run of a fresh clone, offline and undisturbed; what several tests look at runs once. */
function runUndisturbed(): Promise<FirstRun> {
  firstRun ??= freshProject().then(async (folder) => ({ folder, first: await runNotebook(folder) }));
  return firstRun;
}

test("the notebook runs whole, offline, and really learns; a second run finds the job again", async () => {
  const source = await readFile(join(__dirname, "..", notebookName), "utf8");
  const { folder, first } = await runUndisturbed();
  expect(first.exitCode, first.printed).toBe(0);
  const [lowestGain] = numbersIn(first.printed, /95 % interval \+?(-?[\d.]+) to/);
  expect(lowestGain).toBeGreaterThan(0);
  const hacking = numbersIn(first.printed, /Hacking +reward ([\d.]+) to ([\d.]+), accuracy ([\d.]+)\s% to ([\d.]+)/);
  const [paidBefore, paidAfter, rightBefore, rightAfter] = hacking as [number, number, number, number];
  expect(paidAfter).toBeGreaterThan(paidBefore + 0.3);
  expect(rightAfter).toBeLessThan(rightBefore / 2);
  expect(first.printed).toMatch(/cases graded here and by the service, 0 rewards differ/);
  expect(first.printed).toMatch(/problems that stand in both files: 0/);

  expect(await readFile(join(folder, notebookName), "utf8")).toBe(source);
  const executed = await codeCells(join(folder, "out", notebookName));
  expect(executed.map(({ execution_count }) => execution_count)).toEqual(executed.map((_, index) => index + 1));
  expect(executed.filter(({ outputs }) => outputs.some((output) => output.output_type === "error"))).toEqual([]);
  expect(await readFile(join(folder, "out", "rft_math_reasoning.html"), "utf8")).toContain("<!doctype html>");

  const [jobId] = first.printed.match(/ftjob-[0-9a-f]{32}/) ?? [];
  const second = await runNotebook(folder);
  expect(second.exitCode, second.printed).toBe(0);
  expect(second.printed).toContain(`Found job ${jobId} of `);
  expect(second.printed).not.toMatch(/Created job|uploaded training/);
}, 900_000);

test("the next day, section 1 and section 9 alone bring back run, comparison and figure, and train and ask nothing anew", async () => {
  const { folder, first } = await runUndisturbed();
  const { notebook, failure } = await runSections(folder, [1, 9]);
  expect(failure).toBeUndefined();
  const cells = notebook.cells.filter((cell) => cell.cell_type === "code");
  const shown = cells.flatMap(({ outputs }) => outputs.flatMap((output) => ("data" in output ? [output.data] : [])));
  const texts = shown.map((data) => String(data["text/plain"] ?? ""));
  const [jobId] = first.printed.match(/ftjob-[0-9a-f]{32}/) ?? ["none"];
  expect(texts.filter((text) => text.includes(jobId) && text.includes("job, succeeded"))).toHaveLength(1);
  expect(texts.filter((text) => text.includes("800 of 800, 800 kept from before"))).toHaveLength(2);
  expect(findingsOf(first)[1]).toContain(texts.find((text) => /accuracy rises from/.test(text)) ?? "nothing");
  const first9 = cells.findIndex(({ id }) => id === "compare-sentence");
  expect(first9).toBe(1);
  expect(cells[first9]?.outputs.some((o) => "data" in o && "application/vnd.plotly.v1+json" in o.data)).toBe(true);
}, 900_000);

test.each([4, 7, 11])(
  "the next day, section %i runs after section 1 alone",
  async (section) => {
    const { folder } = await runUndisturbed();
    expect((await runSections(folder, [1, section])).failure).toBeUndefined();
  },
  900_000,
);

test("a section that comes too early says in one sentence which section to run first", async () => {
  const folder = await freshProject();
  const { failure } = await runSections(folder, [1, 9]);
  expect(failure?.error).toMatch(/no job of the recipe "math" yet\. Run section 5 first/);
}, 300_000);
