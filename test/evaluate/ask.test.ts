import { afterEach, describe, expect, test } from "vitest";
import { askDeployment } from "../../dist/evaluate/ask.js";
import { type ChatAnswer, type ChatServer, completion, failure, startChatServer } from "./chat-server.js";

const messages = [{ role: "user" as const, content: "What is 1 + 1?" }];
const question = { deployment: "o4-mini", messages };

let server: ChatServer;
afterEach(() => server.close());

async function serve(...answers: ChatAnswer[]): Promise<ChatServer> {
  server = await startChatServer((_, index) => answers[Math.min(index, answers.length - 1)] as ChatAnswer);
  return server;
}

describe("askDeployment", () => {
  test("asks with the parameters that reasoning models take, and no others", async () => {
    const { connection, requests } = await serve(completion("2"));
    await askDeployment(connection, { ...question, reasoningEffort: "low" });
    expect(requests).toEqual([{ model: "o4-mini", messages, max_completion_tokens: 16_384, reasoning_effort: "low" }]);
  });

  test("returns the text, how it ended and what it took", async () => {
    const { connection } = await serve(completion("\\boxed{2}", "length"));
    const reply = await askDeployment(connection, question);
    expect(reply).toMatchObject({
      text: "\\boxed{2}",
      finishReason: "length",
      promptTokens: 10,
      completionTokens: 20,
      reasoningTokens: 5,
    });
    expect(reply.seconds).toBeGreaterThan(0);
  });

  test("asks again when the service is busy", async () => {
    const { connection, requests } = await serve(failure(429, "rate_limit"), failure(503, "busy"), completion("2"));
    expect((await askDeployment(connection, question)).text).toBe("2");
    expect(requests).toHaveLength(3);
  });

  test.each([408, 409, 429, 500, 502, 503])("asks again after the status %d", async (status) => {
    const { connection, requests } = await serve(failure(status, "passing"), completion("2"));
    expect((await askDeployment(connection, question)).text).toBe("2");
    expect(requests).toHaveLength(2);
  });

  test.each([400, 401, 403, 404, 413, 422])("asks once where the status is %d", async (status) => {
    const { connection, requests } = await serve(failure(status, "final"), completion("2"));
    await expect(askDeployment(connection, question)).rejects.toMatchObject({ status });
    expect(requests).toHaveLength(1);
  });

  test.each(["before", "within"] as const)("asks again where the connection breaks %s the reply", async (breaks) => {
    const { connection, requests } = await serve({ body: null, breaks }, completion("2"));
    expect((await askDeployment(connection, question)).text).toBe("2");
    expect(requests).toHaveLength(2);
  });

  test("asks again where the reply is no completion", async () => {
    const { connection, requests } = await serve({ body: "" }, { body: { id: "1" } }, completion("2"));
    expect((await askDeployment(connection, question)).text).toBe("2");
    expect(requests).toHaveLength(3);
  });

  test("gives up after ten calls, with the service's error", async () => {
    const { connection, requests } = await serve(failure(503, "busy"));
    await expect(askDeployment(connection, question)).rejects.toMatchObject({ status: 503 });
    expect(requests).toHaveLength(10);
  });

  test("gives up at once where the service asks to wait for a day", async () => {
    const { connection, requests } = await serve({ ...failure(429, "quota"), headers: { "retry-after": "86400" } });
    await expect(askDeployment(connection, question)).rejects.toMatchObject({ status: 429 });
    expect(requests).toHaveLength(1);
  });

  test("stops waiting when it is told to", async () => {
    const { connection, requests } = await serve({ ...failure(429, "rate"), headers: { "retry-after": "300" } });
    const stop = new AbortController();
    const asked = askDeployment(connection, { ...question, signal: stop.signal });
    while (requests.length === 0) await new Promise((next) => setImmediate(next));
    stop.abort(new Error("enough"));
    await expect(asked).rejects.toThrow();
  });

  test("says which model answered, and whether it declined", async () => {
    const declined = completion("", "stop", "o4-mini-2025-04-16") as { body: { choices: { message: object }[] } };
    declined.body.choices[0] = { ...declined.body.choices[0], message: { role: "assistant", refusal: "No." } };
    const { connection } = await serve(declined);
    const reply = await askDeployment(connection, question);
    expect(reply).toMatchObject({ text: "", finishReason: "refusal", model: "o4-mini-2025-04-16", fingerprint: null });
  });

  test("takes a withheld answer for an empty one", async () => {
    const { connection } = await serve(failure(400, "content_filter"));
    expect(await askDeployment(connection, question)).toMatchObject({ text: "", finishReason: "content_filter" });
  });

  test("passes every other refusal on", async () => {
    const { connection } = await serve(failure(404, "DeploymentNotFound"));
    await expect(askDeployment(connection, question)).rejects.toMatchObject({
      status: 404,
      code: "DeploymentNotFound",
    });
  });

  test("decodes greedily only where the service confirms it", async () => {
    const { connection } = await serve(
      { ...completion("2"), headers: { "x-nano-decoding": "greedy" } },
      completion("2"),
    );
    expect((await askDeployment(connection, { ...question, greedy: true })).text).toBe("2");
    await expect(askDeployment(connection, { ...question, greedy: true })).rejects.toThrow("no greedy decoding");
  });
});
