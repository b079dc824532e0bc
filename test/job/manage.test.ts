import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../dist/connect/connect.js";
import { chooseModel } from "../../dist/job/checkpoints.js";
import { cancelJob, listJobs, pauseJob, resumeJob } from "../../dist/job/manage.js";
import { submitJob } from "../../dist/job/submit.js";
import { watchJob } from "../../dist/job/watch.js";
import { RunEndsHere } from "../../dist/util/errors.js";
import { emulatorService, quickRecipe, smallService, type TestService } from "./service.js";

describe("a job of the emulator", () => {
  let service: TestService;
  let connection: Connection;
  let id: string;

  beforeAll(async () => {
    service = await emulatorService();
    connection = service.connection;
    const recipe = await quickRecipe(service);
    const long = { ...recipe, hyperparameters: { ...recipe.hyperparameters, n_epochs: 50 } };
    id = (await submitJob(connection, long)).job.id;
  });

  afterAll(() => service.close());

  test("is paused after a step, and the watching then says how to go on", async () => {
    let isAsked = false;
    const watching = watchJob(connection, id, {
      onUpdate: ({ curve }) => {
        if (isAsked || curve.points.length === 0) return;
        isAsked = true;
        void pauseJob(connection, id);
      },
    });
    await expect(watching).rejects.toThrow(/is paused.*\n.*resumeJob/);
    expect(await pauseJob(connection, id)).toMatchObject({ status: "paused" });
  });

  test("has a model that can be deployed meanwhile", async () => {
    const chosen = await chooseModel(connection, { id, fine_tuned_model: null });
    expect(chosen.model).toMatch(/^ftchkpt-/);
  });

  test("goes on only where paid steps are allowed, because its limit is gone then", async () => {
    const { openai, deployments, settings, close } = connection;
    const unpaid = { openai, deployments, close, settings: { ...settings, runPaidJobs: false } };
    await expect(resumeJob(unpaid, id)).rejects.toThrow(RunEndsHere);
    await expect(resumeJob(unpaid, id)).rejects.toThrow(/no longer pauses itself at \$5,000/);
    expect(["resuming", "queued", "running"]).toContain((await resumeJob(connection, id)).status);
  });

  test("is cancelled once, however often it is asked for, and does nothing more then", async () => {
    expect(await cancelJob(connection, id)).toMatchObject({ status: "cancelled" });
    expect(await cancelJob(connection, id)).toMatchObject({ status: "cancelled" });
    await expect(pauseJob(connection, id)).rejects.toThrow(/is cancelled, so pause is not possible/);
    await expect(resumeJob(connection, id)).rejects.toThrow(/is cancelled, so resume is not possible/);
  });

  test("stands in the list with its recipe's name", async () => {
    const [row] = await listJobs(connection);
    expect(row).toMatchObject({
      id,
      status: "cancelled",
      suffix: expect.stringMatching(/^math-/),
      fineTunedModel: null,
    });
    expect(row?.created).toMatch(/^\d{4}-\d\d-\d\dT/);
  });
});

/** One job of `model`, whose control requests are answered by nothing: the effect remains. */
async function silentService(model: string, status: string, effect: string) {
  const requests: string[] = [];
  const job = { id: "ftjob-1", model, status };
  const service = await smallService((app) => {
    app.get("/openai/v1/fine_tuning/jobs/ftjob-1", async () => job);
    app.post<{ Params: { action: string } }>("/openai/v1/fine_tuning/jobs/ftjob-1/:action", (request) => {
      requests.push(request.params.action);
      job.status = effect;
      request.raw.socket.destroy();
    });
  });
  return { ...service, requests };
}

test("is not asked twice where the answer is lost and the effect is there", async () => {
  const { connection, requests, close } = await silentService("o4-mini-2025-04-16", "running", "cancelled");
  expect(await cancelJob(connection, "ftjob-1")).toMatchObject({ status: "cancelled" });
  expect(requests).toEqual(["cancel"]);
  await close();
});

test("is not paused where its model has no pause", async () => {
  const { connection, requests, close } = await silentService("gpt-5-2025-08-07", "running", "paused");
  await expect(pauseJob(connection, "ftjob-1")).rejects.toThrow(/gpt-5-2025-08-07 cannot be paused/);
  expect(requests).toEqual([]);
  await close();
});
