import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openEventLog } from "../../dist/emulator/event-log.js";
import type { JobMetrics } from "../../dist/service/jobs.js";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "events-"));
  path = join(folder, "events.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

const metrics = (step: number): JobMetrics => ({ step }) as JobMetrics;

it("finds its events again, and gives them newest first", async () => {
  const log = await openEventLog(path);
  await log.message("info", "Job started.");
  await log.step("Step 1", metrics(1));
  const again = await openEventLog(path);
  expect(again.newestFirst()).toEqual(log.newestFirst());
  expect(again.newestFirst().map(({ message, type }) => [message, type])).toEqual([
    ["Step 1", "metrics"],
    ["Job started.", "message"],
  ]);
});

it("drops a last line that a crash cut off, and goes on after it", async () => {
  await (await openEventLog(path)).message("info", "whole");
  await appendFile(path, '{"id":"ftevent-');
  const log = await openEventLog(path);
  await log.message("info", "next");
  expect((await openEventLog(path)).newestFirst().map(({ message }) => message)).toEqual(["next", "whole"]);
});

it("forgets the steps after the one from which training goes on, and nothing else", async () => {
  const log = await openEventLog(path);
  for (const step of [1, 2, 3]) await log.step(`Step ${step}`, metrics(step));
  await log.message("info", "Job paused.");
  await log.rewindTo(1);
  expect(log.metrics()).toEqual([metrics(1)]);
  expect((await readFile(path, "utf8")).trim().split("\n")).toHaveLength(2);
});
