import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pythonGrader, type Running, run } from "../harness.js";

let running: Running;
beforeAll(async () => {
  running = await run();
});
afterAll(() => running.close());

const multi = {
  type: "multi",
  name: "both",
  graders: {
    answer: pythonGrader,
    boxed: {
      type: "string_check",
      name: "boxed",
      operation: "like",
      input: "{{sample.output_text}}",
      reference: "boxed",
    },
  },
  calculate_output: "0.8 * answer + 0.2 * boxed",
};

function post(operation: "validate" | "run", body: object): Promise<unknown> {
  return running.client.post(`/fine_tuning/alpha/graders/${operation}`, { body });
}

describe("validating a grader", () => {
  test("returns a good one", async () => {
    expect(await post("validate", { grader: multi })).toEqual({ grader: multi });
  });

  test("names the part that is wrong, and what to do", async () => {
    await expect(post("validate", { grader: { ...multi, calculate_output: "answer + style" } })).rejects.toMatchObject({
      status: 400,
      param: "grader.calculate_output",
      message: expect.stringMatching(/style.*Use the names answer, boxed/),
    });
    await expect(post("validate", { grader: { ...multi, graders: [pythonGrader] } })).rejects.toMatchObject({
      status: 400,
      param: "grader.graders",
    });
    await expect(post("validate", {})).rejects.toMatchObject({ status: 400, param: "grader" });
  });
});

describe("running a grader on one sample", () => {
  test("returns the reward, and the parts of a multi grader", async () => {
    const run = await post("run", { grader: multi, model_sample: "It is 42.", item: { answer: "42" } });
    expect(run).toMatchObject({
      reward: 0.8,
      sub_rewards: { answer: 1, boxed: 0 },
      metadata: { name: "both", type: "multi", scores: { answer: 1, boxed: 0 } },
      model_grader_token_usage_per_model: {},
    });
  });

  test("answers a grader that raises with the reward 0 and a flag", async () => {
    const run = await post("run", { grader: pythonGrader, model_sample: "It is 42.", item: {} });
    expect(run).toMatchObject({
      reward: 0,
      metadata: {
        errors: {
          python_grader_runtime_error: true,
          python_grader_runtime_error_details: expect.stringMatching(/KeyError.*answer/),
        },
      },
    });
  });

  test("says which graders only the service can run", async () => {
    const grader = {
      type: "score_model",
      name: "rubric",
      model: "gpt-4.1",
      input: [{ role: "user", content: "Rate it." }],
    };
    await expect(post("run", { grader, model_sample: "" })).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(/rubric.*runs only on/),
    });
  });

  test("refuses what is nested more deeply than it can follow", async () => {
    const item = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
    const body = `{"grader":${JSON.stringify(pythonGrader)},"model_sample":"","item":${item}}`;
    const response = await running.send("/openai/v1/fine_tuning/alpha/graders/run", { method: "POST", body });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("nested more deeply than 100 levels");
  });

  test("needs a sample", async () => {
    await expect(post("run", { grader: pythonGrader })).rejects.toMatchObject({ status: 400, param: "model_sample" });
  });
});
