import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Connection } from "../../dist/connect/connect.js";
import { readHeldOut } from "../../dist/evaluate/held-out.js";
import { DataError } from "../../dist/util/errors.js";

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "held-out-"));
  file = join(folder, "validation.jsonl");
  const lines = Array.from({ length: 300 }, (_, n) => ({
    messages: [{ role: "user", content: `${n} + 1 = ?` }],
    answer: String(n + 1),
    uuid: `u${n}`,
  }));
  await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
});
afterAll(() => rm(folder, { recursive: true }));

function connection(backend: "local" | "azure", runPaidJobs: boolean): Pick<Connection, "settings"> {
  return { settings: { backend, runPaidJobs } as Connection["settings"] };
}

test("the same 200 problems with four answers each are measured in every run", async () => {
  const heldOut = await readHeldOut(connection("local", false), file);
  expect(heldOut.problems).toHaveLength(200);
  expect(heldOut.samplesPerProblem).toBe(4);
  expect(await readHeldOut(connection("azure", true), file)).toEqual(heldOut);
});

test("without consent to pay, as many answers are measured as Azure gives without it", async () => {
  const { problems, samplesPerProblem } = await readHeldOut(connection("azure", false), file);
  expect(problems.length * samplesPerProblem).toBeLessThanOrEqual(50);
  expect(samplesPerProblem).toBeGreaterThan(1);
});

test("where no data is prepared, it says what to run first", async () => {
  const reading = readHeldOut(connection("local", false), join(folder, "none.jsonl"));
  await expect(reading).rejects.toThrow(DataError);
  await expect(reading).rejects.toThrow(/none\.jsonl yet\. Run section 2 first/);
});
