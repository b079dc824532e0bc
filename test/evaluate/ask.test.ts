import { afterEach, describe, expect, it } from "vitest";
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
  it("asks with the parameters that reasoning models take, and no others", async () => {
    const { connection, requests } = await serve(completion("2"));
    await askDeployment(connection, { ...question, reasoningEffort: "low" });
    expect(requests).toEqual([{ model: "o4-mini", messages, max_completion_tokens: 16_384, reasoning_effort: "low" }]);
  });

  it("returns the text, how it ended and what it took", async () => {
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

  it("asks again when the service is busy", async () => {
    const { connection, requests } = await serve(failure(429, "rate_limit"), failure(503, "busy"), completion("2"));
    expect((await askDeployment(connection, question)).text).toBe("2");
    expect(requests).toHaveLength(3);
  });

  it("takes a withheld answer for an empty one", async () => {
    const { connection } = await serve(failure(400, "content_filter"));
    expect(await askDeployment(connection, question)).toMatchObject({ text: "", finishReason: "content_filter" });
  });

  it("passes every other refusal on", async () => {
    const { connection } = await serve(failure(404, "DeploymentNotFound"));
    await expect(askDeployment(connection, question)).rejects.toMatchObject({
      status: 404,
      code: "DeploymentNotFound",
    });
  });

  it("decodes greedily only where the service confirms it", async () => {
    const { connection } = await serve(
      { ...completion("2"), headers: { "x-nano-decoding": "greedy" } },
      completion("2"),
    );
    expect((await askDeployment(connection, { ...question, greedy: true })).text).toBe("2");
    await expect(askDeployment(connection, { ...question, greedy: true })).rejects.toThrow("no greedy decoding");
  });
});
