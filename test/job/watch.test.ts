import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listCheckpoints } from "../../dist/job/checkpoints.js";
import { readTrainingCurve } from "../../dist/job/curve.js";
import { submitJob } from "../../dist/job/submit.js";
import { failureAdvice, type JobUpdate, watchJob } from "../../dist/job/watch.js";
import type { FineTuningJob } from "../../dist/service/jobs.js";
import { UserError } from "../../dist/util/errors.js";
import { emulatorService, quickRecipe, smallService, type TestService } from "./service.js";

describe("a job of the emulator", () => {
  let service: TestService;
  let job: FineTuningJob;
  const updates: JobUpdate[] = [];

  beforeAll(async () => {
    service = await emulatorService();
    const submitted = await submitJob(service.connection, await quickRecipe(service));
    job = await watchJob(service.connection, submitted.job.id, { onUpdate: (update) => updates.push(update) });
  });

  afterAll(() => service.close());

  test("is watched until it has succeeded, and then names its model", () => {
    expect(job.status).toBe("succeeded");
    expect(job.fine_tuned_model).toContain(job.user_provided_suffix);
    expect(updates.at(-1)?.job).toEqual(job);
  });

  test("tells every event once, in order", () => {
    const messages = updates.flatMap(({ events }) => events.map(({ message }) => message));
    const steps = messages.filter((message) => message.startsWith("Step "));
    expect(steps.map((message) => message.slice(0, 8))).toEqual(["Step 1/3", "Step 2/3", "Step 3/3"]);
    expect(messages.at(-1)).toBe("Job succeeded.");
    expect(messages.filter((message) => message === "Job started.")).toHaveLength(1);
  });

  test("ends with the curve that can be read at any time afterwards", async () => {
    const curve = await readTrainingCurve(service.connection, job.id);
    expect(updates.at(-1)?.curve).toEqual(curve);
    expect(curve.points.map(({ step, validReward }) => [step, validReward !== null])).toEqual([
      [1, true],
      [2, true],
      [3, true],
    ]);
    for (const { trainReward, criteria } of curve.points) {
      const total = 0.1 * (criteria.format?.train ?? Number.NaN) + 0.9 * (criteria.correctness?.train ?? Number.NaN);
      expect(trainReward).toBeCloseTo(total, 6);
    }
  });

  test("kept a checkpoint at each evaluation, with its validation reward", async () => {
    const checkpoints = await listCheckpoints(service.connection, job.id);
    const { points } = await readTrainingCurve(service.connection, job.id);
    expect(checkpoints.map(({ step }) => step)).toEqual([2, 3]);
    for (const { step, validReward } of checkpoints)
      expect(validReward).toBe(points.find((point) => point.step === step)?.validReward);
  });

  test("goes on when the watching is ended, and can be watched again", async () => {
    const { connection } = service;
    const { job: another } = await submitJob(connection, { ...(await quickRecipe(service)), seed: 2 });
    const controller = new AbortController();
    const watching = watchJob(connection, another.id, {
      signal: controller.signal,
      onUpdate: () => controller.abort(),
    });
    await expect(watching).rejects.toThrow(UserError);
    await expect(watching).rejects.toThrow(/has stopped; the job .* goes on/);
    expect((await watchJob(connection, another.id)).status).toBe("succeeded");
  });
});

/** Serves one job whose statuses follow each other, a poll each, and events that grow by `eventsPerPoll`; pages hold two. */
function serveJob(app: FastifyInstance, statuses: string[], eventsPerPoll: number, rest: object = {}): void {
  let events: { id: string; message: string }[] = [];
  app.get("/openai/v1/fine_tuning/jobs/ftjob-1", async (_request, reply) => {
    for (let i = 0; i < eventsPerPoll; i++)
      events = [{ id: `e${events.length}`, message: `${events.length}` }, ...events];
    const status = statuses.length > 1 ? statuses.shift() : statuses[0];
    return reply.header("openai-poll-after-ms", 1).send({ id: "ftjob-1", status, ...rest });
  });
  app.get<{ Querystring: { after?: string } }>("/openai/v1/fine_tuning/jobs/ftjob-1/events", async ({ query }) => {
    const start = events.findIndex(({ id }) => id === query.after) + 1;
    return { data: events.slice(start, start + 2), has_more: start + 2 < events.length };
  });
}

describe("a service of its own ways", () => {
  test("may write many pages of events between two polls: none is lost, none comes twice", async () => {
    const seen: string[] = [];
    const { connection, close } = await smallService((app) => serveJob(app, ["queued", "running", "succeeded"], 5));
    await watchJob(connection, "ftjob-1", {
      onUpdate: ({ events }) => seen.push(...events.map(({ message }) => message)),
    });
    expect(seen).toEqual(Array.from({ length: 15 }, (_, index) => `${index}`));
    await close();
  });

  test("may fail for a while", async () => {
    let failures = 5;
    const { connection, close } = await smallService((app) => {
      app.addHook("onRequest", async (_request, reply) => {
        if (failures-- > 0)
          await reply
            .status(503)
            .header("retry-after-ms", 1)
            .send({ error: { message: "busy" } });
      });
      serveJob(app, ["running", "succeeded"], 1);
    });
    expect(await watchJob(connection, "ftjob-1")).toMatchObject({ status: "succeeded" });
    await close();
  });

  test("may be away for long: what it was is told meanwhile, and no event is lost", async () => {
    const seen: string[] = [];
    const troubles: (string | undefined)[] = [];
    let polls = 0;
    const { connection, close } = await smallService((app) => {
      app.addHook("onRequest", async (request) => {
        polls += 1;
        if (polls > 6 && polls < 11) request.raw.socket.destroy();
      });
      serveJob(app, ["running", "running", "succeeded"], 7);
    });
    await watchJob(connection, "ftjob-1", {
      onUpdate: ({ job, events, trouble }) => {
        expect(job.id).toBe("ftjob-1");
        seen.push(...events.map(({ message }) => message));
        troubles.push(trouble);
      },
    });
    expect(seen).toEqual(Array.from({ length: 21 }, (_, index) => `${index}`));
    expect(troubles.filter((trouble) => trouble === "Connection error.").length).toBeGreaterThan(0);
    expect(troubles.at(-1)).toBeUndefined();
    await close();
  });

  test("may use a status that nobody knows yet, which counts as under way", async () => {
    const { connection, close } = await smallService((app) => serveJob(app, ["tidying_up", "succeeded"], 1));
    expect(await watchJob(connection, "ftjob-1")).toMatchObject({ status: "succeeded" });
    await close();
  });

  test.each([
    [
      "failed",
      { error: { code: "invalid_training_file", message: "Line 3 is bad.", param: "training_file" } },
      /failed: Line 3 is bad. \(at training_file\)/,
    ],
    ["failed", { error: {} }, /gives no reason/],
    ["cancelled", {}, /was cancelled/],
    ["paused", {}, /is paused[\s\S]*resumeJob\(connection, "ftjob-1"\)/],
  ])("ends the watching of a job that is %s, with %j, in clear words", async (status, rest, message) => {
    const updates: JobUpdate[] = [];
    const { connection, close } = await smallService((app) => serveJob(app, ["running", status], 1, rest));
    const watching = watchJob(connection, "ftjob-1", { onUpdate: (update) => updates.push(update) });
    await expect(watching).rejects.toThrow(message);
    expect(updates.at(-1)?.job.status).toBe(status);
    await close();
  });
});

test.each([
  [{ code: "invalid_training_file", message: "line 3: the last message is not the user's" }, /prepare the data again/],
  [{ code: "jsonlValidationFailed", message: "bad" }, /prepare the data again/],
  [{ code: "training_failed", message: "The grader failed on all answers: KeyError: 'solution'" }, /runRemoteGrader/],
  [{ code: "x", message: "The model did not pass the safety evaluation." }, /safety check/],
  [{ code: "quotaExceeded", message: "" }, /another job to end/],
  [{ code: "server_error", message: "Internal error." }, /submit the job again.*150 MB/],
  [{}, /Foundry portal/],
])("says what to do about %j", (error, advice) => {
  expect(failureAdvice(error)).toMatch(advice);
});
