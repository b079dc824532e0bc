import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JobEvent, JobMetrics } from "../../../dist/service/jobs.js";
import {
  answerGrader,
  createJob,
  ended,
  jobRequest,
  pythonGrader,
  type Running,
  run,
  trainingLines,
  until,
  upload,
} from "../harness.js";

let running: Running;
beforeAll(async () => {
  running = await run();
});
afterAll(() => running.close());

describe("a job of two steps", () => {
  let id: string;
  let events: JobEvent[];
  beforeAll(async () => {
    const request = await jobRequest(running.client, { suffix: "math", metadata: { recipe: "r1" } });
    const job = await createJob(running.client, request);
    id = job.id;
    expect(job).toMatchObject({ status: "pending", fine_tuned_model: null, method: request.method, seed: 1 });
    await ended(running.client, id);
    events = [];
    for await (const event of running.client.fineTuning.jobs.listEvents(id, { limit: 3 }))
      events.push(event as JobEvent);
    events.reverse();
  });

  test("succeeds with a model named after base and suffix, and says how much was trained", async () => {
    const job = await ended(running.client, id);
    expect(job).toMatchObject({ status: "succeeded", error: null, user_provided_suffix: "math" });
    expect(job.fine_tuned_model).toMatch(/^o4-mini-2025-04-16\.ft-[0-9a-f]{32}-math$/);
    expect(job.trained_tokens).toBeGreaterThan(0);
    expect(job.finished_at).toBeGreaterThanOrEqual(job.created_at);
  });

  test("tells its story in events: what it is, what `auto` became, every step, the end", () => {
    const texts = events.map(({ message }) => message);
    expect(texts[0]).toMatch(/local emulator.*about 200,000 parameters/);
    expect(texts[1]).toBe("Job enqueued. Waiting for jobs ahead to complete.");
    expect(texts[2]).toBe("Job started.");
    expect(texts[3]).toMatch(/2 steps: 8 problems a step, 8 answers a problem of at most 80 tokens, 1 epoch/);
    expect(texts[4]).toMatch(/^Step 1\/2 , train mean reward=0\.\d\d, full validation mean reward=0\.\d\d, /);
    expect(texts.at(-1)).toBe("Job succeeded.");
  });

  test("reports metrics in the service's shape", () => {
    const steps = events.filter(({ type }) => type === "metrics").map(({ data }) => data as JobMetrics);
    expect(steps.map(({ step, total_steps }) => [step, total_steps])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    const [first] = steps;
    expect(first?.scores).toMatchObject({
      train_reward_mean: first?.train_mean_reward,
      valid_reward_mean: first?.full_valid_mean_reward,
      graders: [{ name: "answer", type: "string_check", train_reward_mean: first?.train_mean_reward }],
    });
    expect(first?.reasoning_tokens_mean).toBeLessThanOrEqual(first?.completion_tokens_mean ?? 0);
    expect(first?.errors).toMatchObject({ graders: [{ train_other_error_count: 0, valid_other_error_count: 0 }] });
  });

  test("leaves a result file with the same numbers, a column for each", async () => {
    const { result_files } = await ended(running.client, id);
    const [file] = result_files as [string];
    expect(await running.client.files.retrieve(file)).toMatchObject({
      filename: "results.csv",
      purpose: "fine-tune-results",
      status: "processed",
    });
    const text = await (await running.client.files.content(file)).text();
    const rows = parse<Record<string, string>>(text, { columns: true });
    const steps = events.filter(({ type }) => type === "metrics").map(({ data }) => data as JobMetrics);
    expect(rows.map((row) => Number(row.train_mean_reward))).toEqual(steps.map((step) => step.train_mean_reward));
    expect(rows.map((row) => Number(row["scores/graders/string_check/answer/valid_reward_mean"]))).toEqual(
      steps.map((step) => step.full_valid_mean_reward),
    );
  });

  test("keeps a checkpoint for each evaluation, the newest first", async () => {
    const { data } = await running.client.fineTuning.jobs.checkpoints.list(id);
    const job = await ended(running.client, id);
    expect(data.map(({ step_number }) => step_number)).toEqual([2, 1]);
    expect(data[0]).toMatchObject({
      fine_tuning_job_id: id,
      fine_tuned_model_checkpoint: `${job.fine_tuned_model}:ckpt-step-2`,
      metrics: { step: 2, full_valid_mean_reward: expect.any(Number) },
    });
    expect(data[0]?.id).toMatch(/^ftchkpt-[0-9a-f]{32}$/);
  });

  test("is found by its metadata, and by no other", async () => {
    const found = await running.client.fineTuning.jobs.list({ metadata: { recipe: "r1" } });
    expect(found.data.map((job) => job.id)).toEqual([id]);
    expect((await running.client.fineTuning.jobs.list({ metadata: { recipe: "r2" } })).data).toEqual([]);
  });

  test("cannot be cancelled any more", async () => {
    await expect(running.client.fineTuning.jobs.cancel(id)).rejects.toMatchObject({
      status: 400,
      code: "unexpectedEntityState",
    });
  });

  test("lends its model to further training", async () => {
    const { fine_tuned_model } = await ended(running.client, id);
    const next = await createJob(running.client, await jobRequest(running.client, { model: fine_tuned_model ?? "" }));
    const job = await ended(running.client, next.id);
    expect(job.fine_tuned_model).toMatch(/^o4-mini-2025-04-16\.ft-[0-9a-f]{32}$/);
  });
});

describe("jobs that wait", () => {
  test("are queued behind the one that trains, 20 at most", async () => {
    const { client } = running;
    const request = await jobRequest(client, { method: longMethod });
    const ids: string[] = [];
    for (let i = 0; i < 21; i++) {
      const { id } = await createJob(client, request);
      ids.push(id);
      await until(
        () => client.fineTuning.jobs.retrieve(id),
        ({ status }) => status === (i === 0 ? "running" : "queued"),
      );
    }
    await expect(createJob(client, request)).rejects.toMatchObject({ status: 400, code: "quotaExceeded" });
    for (const id of ids.reverse()) await client.fineTuning.jobs.cancel(id);
  });

  test("run one after the other; a cancelled one never starts, and its files are free again", async () => {
    const { client } = running;
    const request = await jobRequest(client);
    const first = await createJob(client, request);
    const second = await createJob(client, { ...request, method: longMethod });
    const third = await createJob(client, request);
    expect(await client.fineTuning.jobs.cancel(second.id)).toMatchObject({
      status: "cancelled",
      fine_tuned_model: null,
    });
    expect(await ended(client, third.id)).toMatchObject({ status: "succeeded" });
    expect(await ended(client, first.id)).toMatchObject({ status: "succeeded" });
    expect(await ended(client, second.id)).toMatchObject({ status: "cancelled", trained_tokens: null });
    expect((await client.fineTuning.jobs.list({ limit: 3 })).data.map(({ id }) => id)).toEqual([
      third.id,
      second.id,
      first.id,
    ]);
    await expect(client.files.delete(request.training_file)).resolves.toMatchObject({ deleted: true });
  });

  test("keep their files", async () => {
    const { client } = running;
    const request = await jobRequest(client, { method: longMethod });
    const job = await createJob(client, request);
    await expect(client.files.delete(request.training_file)).rejects.toMatchObject({ status: 409, code: "conflict" });
    await client.fineTuning.jobs.cancel(job.id);
  });
});

test("a job whose files lack what its grader reads fails before it is queued", async () => {
  const { client } = running;
  const grader = { ...answerGrader, reference: "{{item.solution}}" };
  const request = await jobRequest(client, { method: { type: "reinforcement", reinforcement: { grader } } });
  const { id } = await createJob(client, request);
  expect(await ended(client, id)).toMatchObject({
    status: "failed",
    error: { code: "invalid_training_file", param: "training_file", message: expect.stringMatching(/"solution"/) },
  });
  const texts = (await client.fineTuning.jobs.listEvents(id)).data.map(({ message }) => message);
  expect(texts).not.toContain("Job enqueued. Waiting for jobs ahead to complete.");
});

test("a job whose model cannot be paused is not", async () => {
  const { client } = running;
  const { id } = await createJob(client, await jobRequest(client, { model: "gpt-5-2025-08-07", method: longMethod }));
  await until(
    () => client.fineTuning.jobs.retrieve(id),
    ({ trained_tokens }) => trained_tokens !== null,
  );
  await expect(client.fineTuning.jobs.pause(id)).rejects.toMatchObject({
    status: 400,
    code: "unexpectedEntityState",
    message: expect.stringMatching(/its model does not allow it/),
  });
  await client.fineTuning.jobs.cancel(id);
});

test("every spelling of a training type that clients send is taken", async () => {
  const { client } = running;
  const request = await jobRequest(client);
  for (const spelling of ["globalStandard", "globalstandard", 1]) {
    const job = await createJob(client, { ...request, trainingType: spelling });
    expect(job.trainingType).toBe("GlobalStandard");
    await client.fineTuning.jobs.cancel(job.id);
  }
});

test("the same request with the same seed trains the same model", async () => {
  const { client } = running;
  const request = await jobRequest(client);
  const rewards = [];
  for (const { id } of [await createJob(client, request), await createJob(client, request)]) {
    await ended(client, id);
    const { data } = await client.fineTuning.jobs.listEvents(id);
    rewards.push(data.map(({ message }) => message).filter((message) => message.startsWith("Step")));
  }
  expect(rewards[0]).toEqual(rewards[1]);
  expect(rewards[0]).toHaveLength(2);
});

test("a multi grader has the means and the errors of each of its parts in events and results", async () => {
  const { client } = running;
  const source = 'def grade(sample, item):\n    return 1.0 if int(item["answer"]) % 2 else [].pop()\n';
  const grader = {
    type: "multi",
    name: "both",
    graders: { answer: answerGrader, odd: { ...pythonGrader, name: "odd", source } },
    calculate_output: "0.5 * answer + 0.5 * odd",
  } as const;
  const request = await jobRequest(client, {
    method: {
      type: "reinforcement",
      reinforcement: { grader, hyperparameters: { batch_size: 16, eval_samples: 1, compute_multiplier: 0.25 } },
    },
  });
  const { id } = await createJob(client, request);
  const { status, result_files } = await ended(client, id);
  expect(status).toBe("succeeded");
  const { data } = await client.fineTuning.jobs.listEvents(id);
  const metrics = data.find(({ type }) => type === "metrics")?.data as JobMetrics;
  expect(metrics.scores.graders).toMatchObject([
    { name: "answer", type: "string_check" },
    { name: "odd", type: "python", train_reward_mean: 0.5, valid_reward_mean: 0.5 },
  ]);
  const failures = (count: number) => ({ train_python_grader_runtime_error_count: count });
  expect(metrics.errors).toMatchObject({
    graders: [
      { name: "both", type: "multi", ...failures(16) },
      { name: "answer", ...failures(0) },
      { name: "odd", ...failures(16), valid_python_grader_runtime_error_mean: 0.5 },
    ],
  });
  const csv = await (await client.files.content(result_files?.[0] ?? "")).text();
  expect(parse(csv, { columns: true })).toMatchObject([
    {
      "scores/graders/python/odd/train_reward_mean": "0.5",
      "errors/graders/string_check/answer/errors/train_python_grader_runtime_error_mean": "0",
      "errors/graders/python/odd/errors/train_python_grader_runtime_error_mean": "0.5",
    },
  ]);
});

test("a grader that fails on every answer fails the job, with its own words", async () => {
  const { client } = running;
  const grader = { ...pythonGrader, source: "def grade(sample, item):\n    raise ValueError(item['answer'])\n" };
  const request = await jobRequest(client, { method: { type: "reinforcement", reinforcement: { grader } } });
  const job = await ended(client, (await createJob(client, request)).id);
  expect(job).toMatchObject({
    status: "failed",
    fine_tuned_model: null,
    error: { code: "training_failed", message: expect.stringMatching(/failed on all .* ValueError/) },
  });
  const { data } = await client.fineTuning.jobs.listEvents(job.id, { limit: 1 });
  expect(data[0]).toMatchObject({ level: "error", message: job.error?.message });
});

describe("a request for a job is refused, with the parameter's name,", () => {
  const cases: [string, object][] = [
    ["model", { model: "gpt-4o" }],
    ["training_file", { training_file: "file-x" }],
    ["validation_file", { validation_file: undefined }],
    ["trainingType", { trainingType: undefined }],
    ["trainingType", { trainingType: "Cheap" }],
    ["trainingType", { model: "gpt-5-2025-08-07", trainingType: "Developer" }],
    ["hyperparameters", { hyperparameters: { n_epochs: 1 } }],
    ["integrations", { integrations: [{ type: "wandb", wandb: { project: "p" } }] }],
    ["method.reinforcement.response_format", reinforcement({ response_format: { type: "json_schema" } })],
    ["method.reinforcement.tools", reinforcement({ tools: [{ name: "calculator" }] })],
    ["suffix", { suffix: "a.b" }],
    ["suffix", { suffix: "x".repeat(41) }],
    ["seed", { seed: -1 }],
    ["metadata", { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, "v"])) }],
    ["method.type", { method: { type: "supervised" } }],
    ["method.reinforcement.grader.source", reinforcement({ grader: { type: "python", name: "g" } })],
    ...(
      [
        ["batch_size", 257],
        ["batch_size", "many"],
        ["learning_rate_multiplier", 0],
        ["n_epochs", 51],
        ["compute_multiplier", 11],
        ["eval_interval", 0],
        ["eval_samples", 1.5],
        ["reasoning_effort", "huge"],
        ["beta", 1],
      ] as const
    ).map(([name, value]): [string, object] => [
      `method.reinforcement.hyperparameters.${name}`,
      reinforcement({ hyperparameters: { [name]: value } }),
    ]),
  ];

  test.each(cases)("for %s: %o", async (param, changes) => {
    const request = { ...(await jobRequest(running.client)), ...changes };
    await expect(createJob(running.client, request)).rejects.toMatchObject({
      status: 400,
      param,
    });
  });

  test("for a file that did not pass its check, with the reason", async () => {
    const bad = await upload(running.client, trainingLines(3));
    const request = await jobRequest(running.client, { training_file: bad.id });
    await expect(createJob(running.client, request)).rejects.toMatchObject({
      param: "training_file",
      message: expect.stringMatching(/at least 10 are needed/),
    });
  });

  test("for a validation file that is the training file", async () => {
    const request = await jobRequest(running.client);
    await expect(
      createJob(running.client, { ...request, validation_file: request.training_file }),
    ).rejects.toMatchObject({ param: "validation_file" });
  });
});

const longMethod = {
  type: "reinforcement",
  reinforcement: { grader: answerGrader, hyperparameters: { n_epochs: 50, batch_size: 1 } },
} as const;

function reinforcement(changes: object): object {
  return { method: { type: "reinforcement", reinforcement: { grader: answerGrader, ...changes } } };
}
