import promises from "node:fs/promises";
import { afterEach, expect, test } from "vitest";
import {
  answerGrader,
  createJob,
  ended,
  jobRequest,
  type Running,
  run,
  trainingLines,
  until,
  upload,
} from "./harness.js";

const { open, appendFile } = promises;
let running: Running;
afterEach(async () => {
  setFull(false);
  await running.close();
});

/** Makes the system refuse to write, as it does on a full disk; of what is appended, the beginning still fits. */
function setFull(isFull: boolean): void {
  const refuse = () =>
    Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
  promises.open = isFull ? () => Promise.reject(refuse()) : open;
  promises.appendFile = isFull
    ? async (file, text) => {
        await appendFile(file, String(text).slice(0, 10));
        throw refuse();
      }
    : appendFile;
}

test("a job that meets a full disk says so, waits, and ends as if there had been room", async () => {
  running = await run();
  const hyperparameters = { batch_size: 4, n_epochs: 4, eval_interval: 2 };
  const method = { type: "reinforcement" as const, reinforcement: { grader: answerGrader, hyperparameters } };
  const request = await jobRequest(running.client, { method });
  const undisturbed = await ended(running.client, (await createJob(running.client, request)).id);
  const { id } = await createJob(running.client, request);
  const ask = () => running.client.fineTuning.jobs.retrieve(id);
  await until(ask, ({ status }) => status === "running");
  setFull(true);
  const waiting = await until(ask, ({ error }) => error !== null);
  expect(waiting).toMatchObject({ status: "running", error: { code: "disk_full" } });
  setFull(false);
  expect(await ended(running.client, id)).toMatchObject({ status: "succeeded", error: null });
  const rewards = async (job: string) =>
    (await running.client.fineTuning.jobs.listEvents(job, { limit: 100 })).data
      .filter(({ type }) => type === "metrics")
      .map(({ data }) => (data as { train_mean_reward: number }).train_mean_reward);
  expect(await rewards(id)).toEqual(await rewards(undisturbed.id));
  running = await running.restart();
  expect((await running.client.fineTuning.jobs.retrieve(id)).status).toBe("succeeded");
});

test("an upload to a full disk is refused, and leaves nothing behind", async () => {
  running = await run();
  const form = new FormData();
  form.append("purpose", "fine-tune");
  form.append("file", new File([trainingLines(10)], "a.jsonl"));
  setFull(true);
  const response = await running.send("/openai/v1/files", { method: "POST", body: form });
  expect(response.status).toBe(507);
  expect(await response.text()).toContain("The disk is full");
  setFull(false);
  expect((await running.client.files.list()).data).toEqual([]);
  expect(await upload(running.client, trainingLines(10))).toMatchObject({ status: "processed" });
});
