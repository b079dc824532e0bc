/** Kills the emulator's process in the middle of a job, as often as KILLS says, each time at another moment. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CreateJobRequest, FineTuningJob, JobEvent, JobMetrics } from "../../dist/service/jobs.js";
import { projectRoot } from "../../dist/util/assets.js";
import { answerGrader, createJob, ended, jobRequest, trainingLines } from "./harness.js";

const kills = Number(process.env.KILLS ?? 3);
const steps = 12;
const method: CreateJobRequest["method"] = {
  type: "reinforcement",
  reinforcement: { grader: answerGrader, hyperparameters: { batch_size: 4, n_epochs: 3, eval_interval: 3 } },
};

interface Emulator {
  child: ChildProcessByStdio<Writable, Readable, null>;
  client: OpenAI;
}

/** What a client was told before the process was gone. */
interface Seen {
  files: Map<string, string>;
  events: Map<string, JobEvent>;
  checkpoints: Map<string, number>;
}

let folder: string;
let emulator: Emulator;
let request: CreateJobRequest;
let expected: JobMetrics["scores"][];
let milliseconds: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kill-"));
  emulator = await start();
  request = await jobRequest(emulator.client, { method });
  const begin = performance.now();
  const { id } = await createJob(emulator.client, request);
  await ended(emulator.client, id);
  milliseconds = performance.now() - begin;
  expected = (await metricsOf(id)).map(({ scores }) => scores);
  expect(expected).toHaveLength(steps);
});

afterAll(async () => {
  await kill();
  await rm(folder, { recursive: true });
});

describe("a job whose process is killed", () => {
  test.each(Array.from({ length: kills }, (_, i) => (i + Math.random()) / kills))(
    "after the share %f of its time loses no file and no event, and ends as if it had not been",
    async (share) => {
      const job = await createJob(emulator.client, request);
      const watching = watch(emulator.client, job.id);
      await delay(share * milliseconds);
      await kill();
      const seen = await watching;

      emulator = await start();
      const { client } = emulator;
      const rest = await ended(client, job.id);
      expect(rest).toMatchObject({ status: "succeeded", error: null, trained_tokens: expect.any(Number) });
      for (const [id, content] of seen.files) {
        expect(await (await client.files.content(id)).text()).toBe(content);
        await client.files.delete(id);
      }
      const events = await eventsOf(job.id);
      expect(events.filter(({ id }) => seen.events.has(id))).toEqual([...seen.events.values()]);
      for (const text of ["Job started.", "Job succeeded."]) {
        expect(events.filter(({ message }) => message === text)).toHaveLength(1);
      }
      expect((await metricsOf(job.id)).map(({ step }) => step)).toEqual(expected.map((_, i) => i + 1));
      expect((await metricsOf(job.id)).map(({ scores }) => scores)).toEqual(expected);
      await expectCheckpoints(rest, seen);
    },
  );
});

/** The three best are kept: those that were seen are among them, or did worse than all that are. */
async function expectCheckpoints({ id, result_files }: FineTuningJob, { checkpoints }: Seen): Promise<void> {
  const { data } = await emulator.client.fineTuning.jobs.checkpoints.list(id);
  const reward = ({ metrics }: { metrics: object }) => (metrics as Record<string, number>).full_valid_mean_reward ?? 0;
  const worst = Math.min(...data.map(reward));
  expect(data).toHaveLength(3);
  for (const [checkpoint, itsReward] of checkpoints) {
    if (!data.some((kept) => kept.id === checkpoint)) expect(itsReward).toBeLessThanOrEqual(worst);
  }
  const results = await emulator.client.files.content((result_files as string[])[0] as string);
  expect((await results.text()).trim().split("\n")).toHaveLength(steps + 1);
}

/** Uploads files and reads the job until nobody answers any more. */
async function watch(client: OpenAI, jobId: string): Promise<Seen> {
  const seen: Seen = { files: new Map(), events: new Map(), checkpoints: new Map() };
  try {
    for (;;) {
      if (seen.files.size < 3) {
        const content = trainingLines(10, 100 * seen.files.size);
        const { id } = await client.files.create({
          purpose: "fine-tune",
          file: await toFile(Buffer.from(content), "x"),
        });
        seen.files.set(id, content);
      }
      const { data: events } = await client.fineTuning.jobs.listEvents(jobId, { limit: 100 });
      for (const event of events.reverse()) seen.events.set(event.id, event as JobEvent);
      for (const { id, metrics } of (await client.fineTuning.jobs.checkpoints.list(jobId)).data) {
        seen.checkpoints.set(id, (metrics as Record<string, number>).full_valid_mean_reward ?? 0);
      }
    }
  } catch (error) {
    if (!(error instanceof OpenAI.APIConnectionError)) throw error;
    return seen;
  }
}

async function eventsOf(jobId: string): Promise<JobEvent[]> {
  const { data } = await emulator.client.fineTuning.jobs.listEvents(jobId, { limit: 1000 });
  return (data as JobEvent[]).reverse();
}

async function metricsOf(jobId: string): Promise<JobMetrics[]> {
  return (await eventsOf(jobId)).filter(({ type }) => type === "metrics").map(({ data }) => data as JobMetrics);
}

async function start(): Promise<Emulator> {
  const command = join(projectRoot, "dist/tools/cli/emulator.js");
  const child = spawn(process.execPath, [command, "--state", folder], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const { base_url: baseURL, api_key: apiKey } = JSON.parse(line) as { base_url: string; api_key: string };
  return { child, client: new OpenAI({ baseURL, apiKey, maxRetries: 0 }) };
}

async function kill(): Promise<void> {
  const gone = once(emulator.child, "exit");
  emulator.child.kill("SIGKILL");
  await gone;
}
