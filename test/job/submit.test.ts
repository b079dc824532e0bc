import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  contentKey,
  type JobRecipe,
  type ResolvedRecipe,
  recipeHash,
  recipeSuffix,
  submitJob,
} from "../../dist/job/submit.js";
import type { CreateJobRequest } from "../../dist/service/jobs.js";
import { RunEndsHere, UserError } from "../../dist/util/errors.js";
import { hurryWaits } from "../hurried-waits.js";
import { emulatorService, quickRecipe, smallService, type TestService } from "./service.js";

// A job whose creation was not answered is looked for during a minute.
hurryWaits(1000);

describe("submitJob", () => {
  let service: TestService;
  let recipe: JobRecipe;

  beforeAll(async () => {
    service = await emulatorService();
    recipe = await quickRecipe(service);
  });

  afterAll(() => service.close());

  test("creates a job once, and finds it whenever it is submitted again", async () => {
    const first = await submitJob(service.connection, recipe);
    expect(first.reused).toBe(false);
    expect(first.job.user_provided_suffix).toMatch(/^math-[0-9a-f]{12}$/);
    expect(await submitJob(service.connection, { ...recipe })).toMatchObject({
      job: { id: first.job.id },
      reused: true,
    });
  });

  test("creates another job for another recipe", async () => {
    const first = await submitJob(service.connection, recipe);
    const other = await submitJob(service.connection, { ...recipe, seed: 99 });
    expect(other.reused).toBe(false);
    expect(other.job.id).not.toBe(first.job.id);
  });

  test("creates a new job in place of one that was cancelled", async () => {
    const cancelled = await submitJob(service.connection, { ...recipe, seed: 7, hyperparameters: { n_epochs: 50 } });
    await service.connection.openai.fineTuning.jobs.cancel(cancelled.job.id);
    const again = await submitJob(service.connection, { ...recipe, seed: 7, hyperparameters: { n_epochs: 50 } });
    expect(again.reused).toBe(false);
    await service.connection.openai.fineTuning.jobs.cancel(again.job.id);
  });

  test("passes on why the service refuses a recipe", async () => {
    const submitting = submitJob(service.connection, { ...recipe, hyperparameters: { batch_size: 1000 } });
    await expect(submitting).rejects.toThrow(UserError);
    await expect(submitting).rejects.toThrow(/refuses this job.*batch_size/);
  });

  test("creates no job where paid steps are not allowed, but finds one", async () => {
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

  test("whose reply is lost is not asked twice for a job: the job is looked for, however late it is listed", async () => {
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

  test("that has not taken the request, and never shows a job, is asked again", async () => {
    const creations: CreateJobRequest[] = [];
    const { connection, close } = await smallService((app) => {
      serveFiles(app);
      app.get("/openai/v1/fine_tuning/jobs", async () => ({ data: [], has_more: false }));
      app.post<{ Body: CreateJobRequest }>("/openai/v1/fine_tuning/jobs", async ({ body, raw }, reply) => {
        creations.push(body);
        if (creations.length === 1) return reply.status(500).send({ error: { message: "Internal error." } });
        if (creations.length === 2)
          return reply
            .status(429)
            .header("retry-after-ms", 1)
            .send({ error: { message: "busy" } });
        if (creations.length === 3) raw.socket.destroy();
        return { id: "ftjob-1", status: "pending", created_at: 1, metadata: body.metadata };
      });
    });
    const submitted = await submitJob(connection, recipe);
    expect(submitted).toMatchObject({ job: { id: "ftjob-1" }, reused: false });
    expect(creations).toHaveLength(4);
    expect(new Set(creations.map(({ suffix }) => suffix)).size).toBe(1);
    await close();
  });

  test("that loses every request is not asked for ever", async () => {
    let creations = 0;
    const { connection, close } = await smallService((app) => {
      serveFiles(app);
      app.get("/openai/v1/fine_tuning/jobs", async () => ({ data: [], has_more: false }));
      app.post("/openai/v1/fine_tuning/jobs", async (_request, reply) => {
        creations += 1;
        return reply.status(500).send({ error: { message: "Internal error." } });
      });
    });
    await expect(submitJob(connection, recipe)).rejects.toThrow(/lost the new job 5 times/);
    expect(creations).toBe(5);
    await close();
  });

  test("in which another kernel made the job at the same moment keeps the older one and cancels the newer", async () => {
    const jobs: { id: string; status: string; created_at: number; metadata?: object }[] = [];
    const cancelled: string[] = [];
    const { connection, close } = await smallService((app) => {
      serveFiles(app);
      app.get("/openai/v1/fine_tuning/jobs", async () => ({ data: jobs, has_more: false }));
      app.post<{ Body: CreateJobRequest }>("/openai/v1/fine_tuning/jobs", async ({ body: { metadata } }) => {
        const mine = { id: "ftjob-2", status: "pending", created_at: 101, metadata };
        jobs.push(mine, { id: "ftjob-1", status: "pending", created_at: 100, metadata });
        return mine;
      });
      app.post<{ Params: { id: string } }>("/openai/v1/fine_tuning/jobs/:id/cancel", async ({ params }) => {
        cancelled.push(params.id);
        return { id: params.id, status: "cancelled" };
      });
    });
    expect(await submitJob(connection, recipe)).toMatchObject({ job: { id: "ftjob-1" }, reused: true });
    expect(cancelled).toEqual(["ftjob-2"]);
    await close();
  });

  test.each(["validating_files", "pending", "queued", "running", "pausing", "paused", "resuming", "succeeded"])(
    "whose job of the recipe is %s gets no second one",
    async (status) => {
      let creations = 0;
      const { connection, close } = await smallService((app) => {
        serveFiles(app);
        app.get("/openai/v1/fine_tuning/jobs", async () => ({ data: creations ? [job] : [], has_more: false }));
        app.post<{ Body: CreateJobRequest }>("/openai/v1/fine_tuning/jobs", async ({ body: { metadata } }) => {
          creations += 1;
          job = { ...job, metadata };
          return job;
        });
      });
      let job: object = { id: "ftjob-1", status, created_at: 1 };
      await submitJob(connection, recipe);
      expect(await submitJob(connection, recipe)).toMatchObject({ job: { id: "ftjob-1", status }, reused: true });
      expect(creations).toBe(1);
      await close();
    },
  );

  test("that does not know the model is believed, and another model is named", async () => {
    const { connection, close } = await smallService((app) => {
      serveFiles(app);
      app.get("/openai/v1/fine_tuning/jobs", async () => ({ data: [], has_more: false }));
      app.post("/openai/v1/fine_tuning/jobs", async (_request, reply) =>
        reply
          .status(400)
          .send({ error: { message: "The specified base model does not support fine-tuning", param: "model" } }),
      );
    });
    const submitting = submitJob(connection, recipe);
    await expect(submitting).rejects.toThrow(/does not support fine-tuning[\s\S]*existing customers[\s\S]*Alibaba/);
    await close();
  });

  test("that trains a model in some ways only is not asked for another", async () => {
    const { connection, close } = await smallService(() => {});
    const { settings } = connection;
    const gpt5 = { ...connection, settings: { ...settings, apiKey: "key", modelName: "gpt-5-2025-08-07" } };
    const submitting = submitJob(gpt5, { ...recipe, trainingType: "Developer" });
    await expect(submitting).rejects.toThrow(/not trained as Developer: choose Standard or GlobalStandard/);
    await close();
  });

  test("that has lost a file says which to upload again", async () => {
    const { connection, close } = await smallService((app) => {
      app.get("/openai/v1/files/:id", async (_request, reply) =>
        reply.status(404).send({ error: { message: "There is no such file." } }),
      );
    });
    await expect(submitJob(connection, recipe)).rejects.toThrow(/no file file-[12]: upload it again/);
    await close();
  });

  test("that lists many jobs and drops their metadata still shows the job, on its last page, by its suffix", async () => {
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

const recipe: ResolvedRecipe = {
  name: "math",
  model: "o4-mini-2025-04-16",
  trainingFile: "00000000000000aa",
  validationFile: "00000000000000bb",
  grader: {
    type: "string_check",
    name: "same",
    operation: "eq",
    input: "{{sample.output_text}}",
    reference: "{{item.answer}}",
  },
  hyperparameters: { n_epochs: 2, batch_size: 4 },
  trainingType: "GlobalStandard",
  seed: 1,
};

describe("recipeHash", () => {
  test("does not depend on the order in which keys were written", () => {
    const { seed, grader, ...rest } = recipe;
    const { name, ...others } = grader;
    const reordered = { seed, ...rest, hyperparameters: { batch_size: 4, n_epochs: 2 }, grader: { ...others, name } };
    expect(recipeHash(reordered as ResolvedRecipe)).toBe(recipeHash(recipe));
  });

  test.each<Partial<ResolvedRecipe>>([
    { model: "gpt-5-2025-08-07" },
    { name: "maths" },
    { trainingFile: "00000000000000cc" },
    { validationFile: "00000000000000cc" },
    { grader: { type: "python", name: "same", source: "def grade(sample, item):\n  return 1.0" } },
    { hyperparameters: { n_epochs: 3, batch_size: 4 } },
    { hyperparameters: undefined },
    { trainingType: "Standard" },
    { seed: 2 },
    { seed: undefined },
  ])("changes with %j", (change) => {
    expect(recipeHash({ ...recipe, ...change })).not.toBe(recipeHash(recipe));
  });
});

test("is the same whether a hyperparameter is left out or left to the service by name", () => {
  const spelt = { ...recipe.hyperparameters, eval_samples: "auto", reasoning_effort: "default" } as const;
  expect(recipeHash({ ...recipe, hyperparameters: spelt })).toBe(recipeHash(recipe));
});

test("takes a file for its content, under whatever name it was uploaded, and for its id where the name says nothing", () => {
  const hash = "0123456789abcdef";
  expect(contentKey({ id: "file-1", filename: `training-${hash}.jsonl` })).toBe(hash);
  expect(contentKey({ id: "file-2", filename: `again-${hash}.jsonl` })).toBe(hash);
  expect(contentKey({ id: "file-3", filename: "training.jsonl" })).toBe("file-3");
});

describe("recipeSuffix", () => {
  const hash = recipeHash(recipe);

  test("carries the beginning of the hash and fits Azure's 40 characters", () => {
    expect(recipeSuffix("math", hash)).toBe(`math-${hash.slice(0, 12)}`);
    expect(recipeSuffix("m".repeat(27), hash)).toHaveLength(40);
  });

  test.each(["", "m".repeat(28), "o4.mini", "two words"])("refuses the name %j", (name) => {
    expect(() => recipeSuffix(name, hash)).toThrow(/1 to 27 letters/);
  });
});
