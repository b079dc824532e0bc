import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEventLog } from "../../../dist/emulator/state/event-log.js";
import type { JobMetrics } from "../../../dist/service/jobs.js";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "events-"));
  path = join(folder, "events.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

const metrics = (step: number): JobMetrics => ({ step }) as JobMetrics;

test("finds its events again, and gives them newest first", async () => {
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

test("drops a last line that a crash cut off, and goes on after it", async () => {
  await (await openEventLog(path)).message("info", "whole");
  await appendFile(path, '{"id":"ftevent-');
  const log = await openEventLog(path);
  await log.message("info", "next");
  expect((await openEventLog(path)).newestFirst().map(({ message }) => message)).toEqual(["next", "whole"]);
});

test("shows no event before it is on disk, and says once what was said before", async () => {
  const log = await openEventLog(path);
  const written = log.message("info", "Job started.");
  expect(log.newestFirst()).toEqual([]);
  await written;
  await log.once("info", "Job started.");
  await (await openEventLog(path)).once("info", "Job started.");
  expect((await readFile(path, "utf8")).trim().split("\n")).toHaveLength(1);
});
