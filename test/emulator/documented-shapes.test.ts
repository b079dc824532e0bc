/**
 * Each example request of the service's documents, sent by Microsoft's own client for a project, gets the
 * documented shape.
 */
import { AIProjectClient } from "@azure/ai-projects";
import type OpenAI from "openai";
import { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CreateJobRequest, FineTuningJob, JobEvent, JobMetrics } from "../../dist/service/jobs.js";
import { answerGrader, ended, jobRequest, pythonGrader, type Running, run, trainingLines, until } from "./harness.js";

const account = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/acct";
const text = expect.any(String);
const number = expect.any(Number);

let running: Running;
let client: OpenAI;
let request: CreateJobRequest;
let job: FineTuningJob;

beforeAll(async () => {
  running = await run();
  const { projectEndpoint, apiKey } = running.emulator;
  const getToken = async () => ({ token: apiKey, expiresOnTimestamp: Date.now() + 3_600_000 });
  client = new AIProjectClient(projectEndpoint, { getToken }).getOpenAIClient();
  request = await jobRequest(client);
  job = await ended(client, (await create({ suffix: "math", metadata: { recipe: "r" } })).id);
});
afterAll(() => running.close());

/** Creates a job as Microsoft's samples do, who pass what the types lack through `body`. */
async function create(changes: object): Promise<FineTuningJob> {
  const body = { ...request, ...changes };
  const created = await client.fineTuning.jobs.create({} as OpenAI.FineTuning.JobCreateParams, { body });
  return created as unknown as FineTuningJob;
}

describe("files", () => {
  test("upload, read, list, content and delete", async () => {
    const content = trainingLines(10);
    const file = await toFile(Buffer.from(content), "train-3c9f.jsonl");
    const uploaded = await client.files.create({ file, purpose: "fine-tune" });
    expect(uploaded).toEqual({
      id: expect.stringMatching(/^file-[0-9a-f]{32}$/),
      object: "file",
      bytes: content.length,
      created_at: number,
      filename: "train-3c9f.jsonl",
      purpose: "fine-tune",
      status: "pending",
      status_details: null,
    });
    const { id } = uploaded;
    expect(await client.files.waitForProcessing(id, { pollInterval: 5 })).toEqual({ ...uploaded, status: "processed" });
    expect(await (await client.files.content(id)).text()).toBe(content);
    expect(await (await running.send("/openai/v1/files?limit=1")).json()).toEqual({
      object: "list",
      data: [{ ...uploaded, status: "processed" }],
      first_id: id,
      last_id: id,
      has_more: true,
    });
    expect(await client.files.delete(id)).toEqual({ id, object: "file", deleted: true });
  });
});

describe("jobs", () => {
  test.each([
    [
      "Countdown",
      {
        eval_interval: 5,
        eval_samples: 2,
        reasoning_effort: "medium",
        n_epochs: 1,
        batch_size: 4,
        learning_rate_multiplier: 2,
      },
    ],
    [
      "math",
      {
        n_epochs: 2,
        batch_size: 1,
        learning_rate_multiplier: 1.0,
        eval_interval: 5,
        eval_samples: 2,
        reasoning_effort: "medium",
      },
    ],
    ["Qwen", { n_epochs: 2, batch_size: 128, learning_rate_multiplier: 2, eval_interval: 25, eval_samples: 2 }],
    ["workshop", { compute_multiplier: 1.5, n_epochs: 3, eval_interval: 5, eval_samples: 10 }],
    ["auto", { batch_size: "auto", n_epochs: "auto", reasoning_effort: "default", eval_interval: "auto" }],
  ])("create with the hyperparameters of the %s sample, which are echoed", async (_, hyperparameters) => {
    const method = { type: "reinforcement", reinforcement: { grader: answerGrader, hyperparameters } };
    const created = await create({ method });
    expect(created).toEqual({
      id: expect.stringMatching(/^ftjob-[0-9a-f]{32}$/),
      object: "fine_tuning.job",
      status: "pending",
      model: "o4-mini-2025-04-16",
      fine_tuned_model: null,
      created_at: number,
      finished_at: null,
      estimated_finish: null,
      training_file: request.training_file,
      validation_file: request.validation_file,
      result_files: null,
      trained_tokens: null,
      error: null,
      organization_id: null,
      seed: 1,
      trainingType: "GlobalStandard",
      user_provided_suffix: null,
      metadata: null,
      integrations: null,
      method,
      hyperparameters: null,
      usage_metrics: null,
      shared_with_openai: false,
      eval_id: null,
    });
    expect(await client.fineTuning.jobs.cancel(created.id)).toMatchObject({ status: "cancelled" });
  });

  test("read, and list by metadata", async () => {
    expect(job).toMatchObject({
      status: "succeeded",
      fine_tuned_model: expect.stringMatching(/^o4-mini-2025-04-16\.ft-[0-9a-f]{32}-math$/),
      result_files: [text],
      trained_tokens: number,
    });
    const list = await running.send("/openai/v1/fine_tuning/jobs?metadata%5Brecipe%5D=r");
    expect(await list.json()).toMatchObject({ object: "list", data: [job], has_more: false });
  });

  test("pause and resume, without a body", async () => {
    const hyperparameters = { batch_size: 1, n_epochs: 2 };
    const { id } = await create({
      method: { type: "reinforcement", reinforcement: { grader: answerGrader, hyperparameters } },
    });
    const { jobs } = client.fineTuning;
    const reach = (wanted: (job: FineTuningJob) => boolean) =>
      until(async () => (await jobs.retrieve(id)) as unknown as FineTuningJob, wanted);
    await reach(({ trained_tokens }) => trained_tokens !== null);
    expect(await jobs.pause(id)).toMatchObject({ id, status: "pausing" });
    await reach(({ status }) => status === "paused");
    expect(await jobs.resume(id)).toMatchObject({ id, status: "resuming" });
    expect(await jobs.cancel(id)).toMatchObject({ id, status: "cancelled" });
  });

  test("events: messages, and metrics with all that the documents name", async () => {
    const { data } = await client.fineTuning.jobs.listEvents(job.id, { limit: 100 });
    const events = data.reverse() as JobEvent[];
    for (const event of events) {
      expect(event).toMatchObject({
        id: expect.stringMatching(/^ftevent-/),
        object: "fine_tuning.job.event",
        created_at: number,
        level: "info",
        message: text,
      });
    }
    const metrics = events.find(({ type }) => type === "metrics")?.data as JobMetrics;
    const grader = { name: "answer", type: "string_check" };
    expect(metrics).toMatchObject({
      step: 1,
      total_steps: 2,
      train_mean_reward: number,
      full_valid_mean_reward: number,
      full_valid_mean_parse_error: 0,
      reasoning_tokens_mean: number,
      completion_tokens_mean: number,
      valid_reasoning_tokens_mean: number,
      mean_unresponsive_rewards: 0,
      scores: {
        train_reward_mean: number,
        valid_reward_mean: number,
        graders: [{ ...grader, train_reward_mean: number, valid_reward_mean: number }],
      },
      errors: { graders: [{ ...grader, ...errorTwins() }] },
      usage: {
        graders: [{ ...grader, model: null, train_prompt_tokens_mean: null, valid_completion_tokens_count: null }],
        samples: {
          train_reasoning_tokens_mean: number,
          train_reasoning_tokens_count: number,
          valid_reasoning_tokens_mean: number,
          valid_reasoning_tokens_count: number,
        },
      },
      timing: {
        step: { eval: number, sampling: number, training: number, full_iteration: number },
        graders: [{ ...grader, train_execution_latency_mean: number, valid_execution_latency_mean: number }],
      },
      model_graders_token_usage: {},
    });
  });

  test("checkpoints", async () => {
    const { data } = await client.fineTuning.jobs.checkpoints.list(job.id);
    expect(data).toHaveLength(2);
    expect(data[0]).toEqual({
      id: expect.stringMatching(/^ftchkpt-[0-9a-f]{32}$/),
      object: "fine_tuning.job.checkpoint",
      created_at: number,
      fine_tuning_job_id: job.id,
      fine_tuned_model_checkpoint: `${job.fine_tuned_model}:ckpt-step-2`,
      step_number: 2,
      metrics: {
        step: 2,
        train_mean_reward: number,
        full_valid_mean_reward: number,
        completion_tokens_mean: number,
        reasoning_tokens_mean: number,
      },
    });
  });

  test("the result file, with the columns of an o-series job", async () => {
    const [id] = job.result_files as [string];
    const [header] = (await (await client.files.content(id)).text()).split("\n");
    const columns = `step,train_mean_reward,full_valid_mean_reward,completion_tokens_mean,mean_unresponsive_rewards,reasoning_tokens_mean,
      sampling_duration,training_duration,eval_duration,total_duration,
      scores/graders/string_check/answer/train_reward_mean,scores/graders/string_check/answer/valid_reward_mean,
      errors/graders/string_check/answer/errors/train_sample_parse_error_mean,
      errors/graders/string_check/answer/errors/valid_sample_parse_error_mean,
      train_sample_parse_error_count,train_other_error_count`;
    expect((header as string).split(",")).toEqual(expect.arrayContaining(columns.split(/,\s*/)));
  });
});

describe("graders", () => {
  test("validate returns the grader", async () => {
    const grader = pythonGrader;
    expect(await client.fineTuning.alpha.graders.validate({ grader })).toEqual({ grader });
  });

  test("run returns the reward with every flag", async () => {
    const run = await client.fineTuning.alpha.graders.run({
      grader: pythonGrader,
      model_sample: "\\boxed{42}",
      item: { answer: "42" },
    });
    expect(run).toEqual({
      reward: 1,
      metadata: {
        name: "answer",
        type: "python",
        execution_time: number,
        scores: {},
        token_usage: null,
        sampled_model_name: null,
        errors: {
          formula_parse_error: false,
          sample_parse_error: false,
          truncated_observation_error: false,
          unresponsive_reward_error: false,
          invalid_variable_error: false,
          other_error: false,
          python_grader_server_error: false,
          python_grader_server_error_type: null,
          python_grader_runtime_error: false,
          python_grader_runtime_error_details: null,
          model_grader_server_error: false,
          model_grader_refusal_error: false,
          model_grader_parse_error: false,
          model_grader_server_error_details: null,
        },
      },
      sub_rewards: {},
      model_grader_token_usage_per_model: {},
    });
  });
});

describe("inference", () => {
  const messages = [{ role: "user" as const, content: "What is $2 + 2$?" }];

  test("a chat completion", async () => {
    const completion = await client.chat.completions.create({
      model: "o4-mini",
      messages: [{ role: "developer", content: "Solve it." }, ...messages],
      max_completion_tokens: 20_000,
      reasoning_effort: "medium",
    });
    expect(completion).toEqual({
      id: text,
      object: "chat.completion",
      created: number,
      model: "o4-mini",
      system_fingerprint: text,
      choices: [
        { index: 0, message: { role: "assistant", content: text, refusal: null }, finish_reason: text, logprobs: null },
      ],
      usage: {
        prompt_tokens: number,
        completion_tokens: number,
        total_tokens: number,
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: number },
      },
    });
  });

  test("a response", async () => {
    const input = "What is $2 + 2$?";
    const response = await client.responses.create({
      model: "o4-mini",
      input,
      max_output_tokens: 20_000,
      reasoning: { effort: "high" },
    });
    expect(response).toMatchObject({
      object: "response",
      output: [{ type: "reasoning" }, { type: "message", role: "assistant", content: [{ type: "output_text", text }] }],
      usage: {
        input_tokens: number,
        output_tokens: number,
        output_tokens_details: { reasoning_tokens: number },
        input_tokens_details: { cached_tokens: 0 },
      },
    });
  });

  test("the refusals of reasoning models, word for word where they are known", async () => {
    await expect(client.chat.completions.create({ model: "o4-mini", messages, max_tokens: 9 })).rejects.toMatchObject({
      status: 400,
      type: "invalid_request_error",
      code: "unsupported_parameter",
      param: "max_tokens",
      error: {
        message:
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      },
    });
    const temperate = client.chat.completions.create({ model: "o4-mini", messages, temperature: 0.7 });
    await expect(temperate).rejects.toMatchObject({
      status: 400,
      code: "unsupported_value",
      param: "temperature",
      error: {
        message:
          "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.",
      },
    });
    await expect(client.chat.completions.create({ model: "none", messages })).rejects.toMatchObject({
      status: 404,
      code: "DeploymentNotFound",
    });
  });
});

describe("deployments", () => {
  test("put, follow, read and delete", async () => {
    const sku = { name: "GlobalStandard", capacity: 50 };
    const model = { format: "OpenAI", name: job.fine_tuned_model, version: "1" };
    const properties = { model, versionUpgradeOption: "NoAutoUpgrade" };
    const path = `${account}/deployments/tuned`;
    const put = await running.send(`${path}?api-version=2025-09-01`, {
      method: "PUT",
      body: JSON.stringify({ sku, properties }),
    });
    const shape = (provisioningState: string) => ({
      id: path,
      name: "tuned",
      sku,
      properties: { ...properties, provisioningState },
    });
    expect(put.status).toBe(201);
    expect(await put.json()).toEqual(shape("Creating"));
    const followed = await follow(put);
    expect(followed).toEqual({ id: text, name: text, status: "Succeeded" });
    expect(await (await running.send(path)).json()).toEqual(shape("Succeeded"));
    const deleted = await running.send(path, { method: "DELETE" });
    expect(deleted.status).toBe(202);
    await follow(deleted);
    expect((await running.send(path)).status).toBe(404);
    expect((await running.send(path, { method: "DELETE" })).status).toBe(204);
  });

  function follow(reply: Response): Promise<{ status: string }> {
    const url = new URL(reply.headers.get("azure-asyncoperation") ?? "");
    return until(
      async () => (await (await running.send(url.pathname + url.search)).json()) as { status: string },
      ({ status }) => status !== "InProgress",
    );
  }
});

function errorTwins(): object {
  const kinds = [
    "other_error",
    "sample_parse_error",
    "invalid_variable_error",
    "python_grader_server_error",
    "python_grader_runtime_error",
    "model_grader_server_error",
  ];
  const names = ["train", "valid"].flatMap((split) => kinds.map((kind) => `${split}_${kind}`));
  return Object.fromEntries(
    names.flatMap((name) => [
      [`${name}_mean`, 0],
      [`${name}_count`, 0],
    ]),
  );
}
