import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type OpenAI from "openai";
import { afterEach, expect, test } from "vitest";
import { startEmulator } from "../../dist/emulator/emulator.js";
import type { JobMetrics } from "../../dist/service/jobs.js";
import { answerGrader, createJob, ended, jobRequest, type Running, run, until } from "./harness.js";

let running: Running | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

test("answers unknown paths in the service's envelope", async () => {
  running = await run();
  const response = await running.send("/openai/v1/assistants?x=1");
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({
    error: {
      message: "The emulator knows no GET /openai/v1/assistants.",
      type: "invalid_request_error",
      param: null,
      code: "notFound",
    },
  });
});

test("answers bodies that are no JSON, or too large, in the service's envelope", async () => {
  running = await run();
  for (const [body, status] of [
    ["{", 400],
    [JSON.stringify({ text: "x".repeat(5_000_000) }), 413],
  ] as const) {
    const response = await running.send("/openai/v1/chat/completions", { method: "POST", body });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
  }
});

test("keeps everything over a restart", async () => {
  running = await run();
  const { id } = await createJob(running.client, await jobRequest(running.client));
  const { fine_tuned_model, error } = await ended(running.client, id);
  expect(error).toBeNull();
  const path = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a/deployments/tuned";
  const model = { format: "OpenAI", name: fine_tuned_model, version: "1" };
  const body = JSON.stringify({ sku: { name: "Standard", capacity: 1 }, properties: { model } });
  await running.send(path, { method: "PUT", body });
  await until(
    async () => (await (await running?.send(path))?.json()) as { properties: { provisioningState: string } },
    ({ properties }) => properties.provisioningState === "Succeeded",
  );

  const before = await everything(running.client, id);
  running = await running.restart();
  expect(await everything(running.client, id)).toEqual(before);
});

test("goes on with a job that was running, as if nothing had happened", async () => {
  running = await run();
  const hyperparameters = { batch_size: 4, n_epochs: 5, eval_interval: 3 };
  const changes = {
    method: { type: "reinforcement", reinforcement: { grader: answerGrader, hyperparameters } },
  } as const;
  const request = await jobRequest(running.client, changes);
  const undisturbed = await createJob(running.client, request);
  await ended(running.client, undisturbed.id);
  const disturbed = await createJob(running.client, request);
  for (const step of [4, 10]) {
    await until(
      async () => steps(running?.client as OpenAI, disturbed.id),
      (done) => done.length >= step,
    );
    running = await running.restart();
  }
  expect(await ended(running.client, disturbed.id)).toMatchObject({ status: "succeeded" });
  const [expected, found] = [await steps(running.client, undisturbed.id), await steps(running.client, disturbed.id)];
  expect(found.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(found.map(({ scores }) => scores)).toEqual(expected.map(({ scores }) => scores));
  const { data } = await running.client.fineTuning.jobs.listEvents(disturbed.id, { limit: 100 });
  expect(data.some(({ message }) => /^Job resumed after step \d+ of 20\.$/.test(message))).toBe(true);
});

test("pauses a job with a checkpoint, and goes on with it after a restart", async () => {
  running = await run();
  const hyperparameters = { batch_size: 4, n_epochs: 10, eval_interval: 100 };
  const changes = {
    method: { type: "reinforcement", reinforcement: { grader: answerGrader, hyperparameters } },
  } as const;
  const { id } = await createJob(running.client, await jobRequest(running.client, changes));
  const { jobs } = running.client.fineTuning;
  const done = await until(
    () => steps(running?.client as OpenAI, id),
    ({ length }) => length >= 2,
  );
  expect(await jobs.pause(id)).toMatchObject({ status: "pausing" });
  await until(
    () => jobs.retrieve(id),
    ({ status }) => String(status) === "paused",
  );
  const [checkpoint] = (await jobs.checkpoints.list(id)).data;
  expect(checkpoint?.step_number).toBeGreaterThanOrEqual(done.length);
  expect(checkpoint?.metrics).toMatchObject({ full_valid_mean_reward: null });
  await expect(jobs.pause(id)).rejects.toMatchObject({ status: 400, code: "unexpectedEntityState" });

  running = await running.restart();
  expect(await running.client.fineTuning.jobs.retrieve(id)).toMatchObject({ status: "paused" });
  expect(await running.client.fineTuning.jobs.resume(id)).toMatchObject({ status: "resuming" });
  expect(await ended(running.client, id)).toMatchObject({ status: "succeeded" });
  const numbers = (await steps(running.client, id)).map(({ step }) => step);
  expect(numbers).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  await expect(running.client.fineTuning.jobs.resume(id)).rejects.toMatchObject({ status: 400 });
});

test("keeps the three checkpoints with the best validation reward", async () => {
  running = await run();
  const hyperparameters = { batch_size: 4, n_epochs: 3, eval_interval: 1 };
  const changes = {
    method: { type: "reinforcement", reinforcement: { grader: answerGrader, hyperparameters } },
  } as const;
  const { id } = await createJob(running.client, await jobRequest(running.client, changes));
  await ended(running.client, id);
  const { data } = await running.client.fineTuning.jobs.checkpoints.list(id);
  const kept = data.map(({ metrics }) => (metrics as Record<string, number>).full_valid_mean_reward);
  const all = (await steps(running.client, id)).map((step) => step.full_valid_mean_reward as number);
  const ascending = (rewards: (number | undefined)[]) => rewards.toSorted((a = 0, b = 0) => a - b);
  expect(ascending(kept)).toEqual(ascending(all).slice(-3));
  expect(data.map(({ step_number }) => step_number)).toEqual(
    data.map(({ step_number }) => step_number).toSorted((a, b) => b - a),
  );
});

test("refuses a folder that another emulator uses, and names its process", async () => {
  const folder = await mkdtemp(join(tmpdir(), "emulator-"));
  running = await run({ stateDir: folder });
  await expect(startEmulator({ stateDir: folder })).rejects.toThrow(
    new RegExp(`${folder} is in use by the process ${process.pid}`),
  );
});

test("refuses a port that is in use", async () => {
  running = await run();
  const stateDir = await mkdtemp(join(tmpdir(), "emulator-"));
  const port = Number(new URL(running.emulator.armEndpoint).port);
  await expect(startEmulator({ stateDir, port })).rejects.toThrow(`The port ${port} is in use.`);
  await rm(stateDir, { recursive: true });
});

test("names a record that it cannot read, and frees the folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "emulator-"));
  await (await startEmulator({ stateDir: folder })).close();
  const record = join(folder, "files", "00000001.json");
  await writeFile(record, "{");
  await expect(startEmulator({ stateDir: folder })).rejects.toThrow(
    /files\/00000001\.json is damaged .*put back a copy/,
  );
  await rm(record);
  running = await run({ stateDir: folder });
});

test("sets aside what a crash has left without a record: an upload, the folder of a job that never was", async () => {
  const folder = await mkdtemp(join(tmpdir(), "emulator-"));
  for (const left of ["uploads/file-0", "uploads/.file-1.x.tmp", "training/ftjob-0/events.jsonl", "files/.x.tmp"]) {
    await mkdir(dirname(join(folder, left)), { recursive: true });
    await writeFile(join(folder, left), "x");
  }
  running = await run({ stateDir: folder });
  for (const name of ["uploads", "training", "files"]) expect(await readdir(join(folder, name))).toEqual([]);
  const aside = await readdir(join(folder, "set-aside"), { recursive: true });
  expect(aside.map((path) => path.replace(/-20[^/]*Z/, "")).sort()).toEqual([
    "training",
    "training/ftjob-0",
    "training/ftjob-0/events.jsonl",
    "uploads",
    "uploads/file-0",
  ]);
});

/** What a client can see of a job, its files and its deployments; answers included. */
async function everything(client: OpenAI, jobId: string): Promise<unknown[]> {
  const job = await ended(client, jobId);
  const question = { messages: [{ role: "user" as const, content: "What is $2 + 2$?" }] };
  const answers = [];
  for (const model of ["o4-mini", "tuned"]) {
    const { choices } = await client.chat.completions.create({ model, ...question });
    answers.push(choices);
  }
  return [
    job,
    (await client.fineTuning.jobs.listEvents(jobId)).data,
    (await client.fineTuning.jobs.checkpoints.list(jobId)).data,
    (await client.files.list()).data,
    await (await client.files.content(job.result_files?.[0] ?? "")).text(),
    answers,
  ];
}

/** The metrics of the steps so far, the first step first. */
async function steps(client: OpenAI, jobId: string): Promise<JobMetrics[]> {
  const { data } = await client.fineTuning.jobs.listEvents(jobId, { limit: 1000 });
  return data.flatMap((event) => (event.type === "metrics" ? [event.data as JobMetrics] : [])).reverse();
}
