import type { ResponseCreateParamsNonStreaming } from "openai/resources/responses/responses";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Running, run } from "../harness.js";

let running: Running;
beforeAll(async () => {
  running = await run();
});
afterAll(() => running.close());

function ask(changes: object = {}) {
  const body = { model: "o4-mini", input: "What is $3 + 4$?", ...changes } as ResponseCreateParamsNonStreaming;
  return running.client.responses.create(body);
}

describe("a response", () => {
  test("holds the text of the tiny model, and counts its reasoning", async () => {
    const reply = await ask({ reasoning: { effort: "low" } });
    expect(reply).toMatchObject({
      object: "response",
      status: "completed",
      model: "o4-mini",
      reasoning: { effort: "low" },
    });
    expect(reply).toHaveProperty("system_fingerprint", expect.stringMatching(/local_transformer_of_\d+_parameters/));
    expect(reply.output_text).toMatch(/\S/);
    const { usage } = reply;
    expect(usage?.total_tokens).toBe((usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0));
    expect(usage?.output_tokens_details.reasoning_tokens).toBeGreaterThan(0);
    expect(usage?.output_tokens_details.reasoning_tokens).toBeLessThanOrEqual(usage?.output_tokens ?? 0);
  });

  test("is incomplete where max_output_tokens ends it", async () => {
    expect(await ask({ max_output_tokens: 3 })).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      usage: { output_tokens: 3 },
    });
  });

  test("reads messages as well as text", async () => {
    const input = [
      { role: "developer", content: "Be brief." },
      { role: "user", content: [{ type: "input_text", text: "What is $3 + 4$?" }] },
    ];
    expect((await ask({ input })).output_text).not.toBe("");
  });
});

describe("a response is refused", () => {
  test.each(["max_tokens", "top_p", "logprobs", "presence_penalty"])(
    "with %s, as reasoning models do",
    async (param) => {
      await expect(ask({ [param]: 1 })).rejects.toMatchObject({ status: 400, code: "unsupported_parameter", param });
    },
  );

  test.each([
    ["temperature", { temperature: 0.5 }],
    ["input", { input: [] }],
    ["input", { input: undefined }],
    ["reasoning.effort", { reasoning: { effort: "huge" } }],
    ["text.format.type", { text: { format: { type: "json_object" } } }],
    ["tools", { tools: [{ type: "web_search" }] }],
    ["stream", { stream: true }],
    ["previous_response_id", { previous_response_id: "resp_1" }],
    ["messages", { messages: [] }],
  ])("with a wrong %s: %o", async (param, changes) => {
    await expect(ask(changes)).rejects.toMatchObject({ status: 400, param });
  });

  test("for a deployment that does not exist", async () => {
    await expect(ask({ model: "o5" })).rejects.toMatchObject({ status: 404, code: "DeploymentNotFound" });
  });
});
