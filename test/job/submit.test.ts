import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RunEndsHere, UserError } from "../../dist/errors.js";
import type { JobRecipe } from "../../dist/job/recipe.js";
import { submitJob } from "../../dist/job/submit.js";
import type { CreateJobRequest } from "../../dist/service/jobs.js";
import { emulatorService, quickRecipe, smallService, type TestService } from "./service.js";

describe("submitJob", () => {
  let service: TestService;
  let recipe: JobRecipe;

  beforeAll(async () => {
    service = await emulatorService();
    recipe = await quickRecipe(service);
  });

  afterAll(() => service.close());

  it("creates a job once, and finds it whenever it is submitted again", async () => {
    const first = await submitJob(service.connection, recipe);
    expect(first.reused).toBe(false);
    expect(first.job.user_provided_suffix).toMatch(/^math-[0-9a-f]{12}$/);
    expect(await submitJob(service.connection, { ...recipe })).toMatchObject({
      job: { id: first.job.id },
      reused: true,
    });
  });

  it("creates another job for another recipe", async () => {
    const first = await submitJob(service.connection, recipe);
    const other = await submitJob(service.connection, { ...recipe, seed: 99 });
    expect(other.reused).toBe(false);
    expect(other.job.id).not.toBe(first.job.id);
  });

  it("creates a new job in place of one that was cancelled", async () => {
    const cancelled = await submitJob(service.connection, { ...recipe, seed: 7, hyperparameters: { n_epochs: 50 } });
    await service.connection.openai.fineTuning.jobs.cancel(cancelled.job.id);
    const again = await submitJob(service.connection, { ...recipe, seed: 7, hyperparameters: { n_epochs: 50 } });
    expect(again.reused).toBe(false);
    await service.connection.openai.fineTuning.jobs.cancel(again.job.id);
  });

  it("passes on why the service refuses a recipe", async () => {
    const submitting = submitJob(service.connection, { ...recipe, hyperparameters: { batch_size: 1000 } });
    await expect(submitting).rejects.toThrow(UserError);
    await expect(submitting).rejects.toThrow(/refuses this job.*batch_size/);
  });

  it("creates no job where paid steps are not allowed, but finds one", async () => {
    const { settings, ...rest } = service.connection;
    const { openai } = service.connection;
    const unpaid = { ...rest, openai, settings: { ...settings, apiKey: null, runPaidJobs: false } };
    await expect(submitJob(unpaid, { ...recipe, seed: 1234 })).rejects.toThrow(RunEndsHere);
    expect(await submitJob(unpaid, recipe)).toMatchObject({ reused: true });
  });
});

describe("a service of its own ways", () => {
  const recipe: JobRecipe = {
    name: "math",
    trainingFile: "file-1",
    validationFile: "file-2",
    grader: { type: "python", name: "reward", source: "" },
  };

  function serveFiles(app: FastifyInstance): void {
    app.get<{ Params: { id: string } }>("/openai/v1/files/:id", async ({ params: { id } }) => ({ id, filename: id }));
  }

  it("whose reply is lost is not asked twice for a job: the job is looked for, however late it is listed", async () => {
    const jobs: object[] = [];
    let creations = 0;
    let looks = 0;
    const { connection, close } = await smallService((app) => {
      serveFiles(app);
      app.get("/openai/v1/fine_tuning/jobs", async () => {
        if (creations > 0) looks += 1;
        return { data: looks > 2 ? jobs : [], has_more: false };
      });
      app.post<{ Body: CreateJobRequest }>("/openai/v1/fine_tuning/jobs", (request) => {
        creations += 1;
        jobs.push({ id: "ftjob-1", status: "pending", metadata: request.body.metadata });
        request.raw.socket.destroy();
      });
    });
    expect(await submitJob(connection, recipe)).toMatchObject({ job: { id: "ftjob-1" }, reused: false });
    expect(creations).toBe(1);
    await close();
  });

  it("that lists many jobs and drops their metadata still shows the job, on its last page, by its suffix", async () => {
    const pages = [1, 2, 3].map((id): object => ({
      id: `ftjob-${id}`,
      status: "succeeded",
      user_provided_suffix: "other",
    }));
    const { connection, close } = await smallService((app) => {
      serveFiles(app);
      app.get<{ Querystring: { after?: string } }>("/openai/v1/fine_tuning/jobs", async ({ query: { after } }) => {
        const index = after ? Number(after.slice("ftjob-".length)) : 0;
        return { data: [pages[index]], has_more: index + 1 < pages.length };
      });
      app.post<{ Body: CreateJobRequest }>("/openai/v1/fine_tuning/jobs", async ({ body }) => {
        pages[2] = { id: "ftjob-3", status: "running", metadata: null, user_provided_suffix: body.suffix };
        return pages[2];
      });
    });
    expect(await submitJob(connection, recipe)).toMatchObject({ job: { id: "ftjob-3" }, reused: false });
    expect(await submitJob(connection, recipe)).toMatchObject({ job: { id: "ftjob-3" }, reused: true });
    await close();
  });
});
