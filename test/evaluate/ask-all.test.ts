import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Reply } from "../../dist/evaluate/ask.js";
import { type AskingRequest, askAll } from "../../dist/evaluate/ask-all.js";
import { type ChatServer, completion, failure, startChatServer } from "./chat-server.js";

let cacheDir: string;
let server: ChatServer;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), "ask-all-"));
});
afterEach(async () => {
  await server.close();
  await rm(cacheDir, { recursive: true });
});

const questions = Array.from({ length: 20 }, (_, sample) => ({
  messages: [{ role: "user" as const, content: "1 + 1 = ?" }],
  sample,
}));

function request(other: Partial<AskingRequest> = {}): AskingRequest {
  return { deployment: "d", questions, concurrency: 2, cacheDir, onReply: () => {}, ...other };
}

/** The same questions, asked by another process. */
const program = `
  const OpenAI = require("openai").default;
  const { askAll } = require("./dist/evaluate/ask-all.js");
  const [baseURL, request] = process.argv.slice(1);
  const connection = { openai: new OpenAI({ baseURL, apiKey: "k" }), settings: { backend: "local" } };
  askAll(connection, { ...JSON.parse(request), onReply: () => {} });
`;

describe("askAll", () => {
  test("gives each reply beside its place, and all of them in order", async () => {
    server = await startChatServer((_, index) => completion(String(index)));
    const seen = Array<Reply | undefined>(20).fill(undefined);
    const { replies, model, reused } = await askAll(
      server.connection,
      request({ onReply: (index, reply) => seen.splice(index, 1, reply) }),
    );
    expect(seen).toEqual(replies);
    expect(new Set(replies.map(({ text }) => text)).size).toBe(20);
    expect({ model, reused }).toEqual({ model: "test", reused: 0 });
  });

  test("names the sample, so that a call which is repeated draws the same answer", async () => {
    server = await startChatServer((_, index) => (index === 3 ? failure(500, "internal") : completion("2")));
    await askAll(server.connection, request({ concurrency: 1 }));
    const asked = server.headers.map((headers) => Number(headers["x-nano-sample"]));
    expect(asked.slice(0, 6)).toEqual([0, 1, 2, 3, 3, 4]);
  });

  test("finds what was answered to a process that was killed", async () => {
    let asking: ChildProcess | undefined;
    server = await startChatServer((_, index) => {
      if (index === 9) asking?.kill("SIGKILL");
      return completion(String(index));
    });
    const { baseURL } = server.connection.openai;
    asking = spawn(process.execPath, ["-e", program, "--", baseURL, JSON.stringify(request())], { stdio: "ignore" });
    expect((await once(asking, "exit"))[1]).toBe("SIGKILL");
    const before = server.requests.length;
    const { replies, reused } = await askAll(server.connection, request());
    expect(replies).toHaveLength(20);
    expect(reused).toBeGreaterThanOrEqual(7);
    expect(server.requests.length - before).toBe(1 + 20 - reused);
  });

  test("stops all calls where one fails for good, and says how to go on without a folder", async () => {
    server = await startChatServer((_, index) => (index === 5 ? failure(404, "DeploymentNotFound") : completion("2")));
    await expect(askAll(server.connection, request({ cacheDir: undefined }))).rejects.toThrow(
      /stopped after \d of 20 answers: 404 .*\nRun it again; with a cacheDir, answers are kept between runs\.$/,
    );
    expect(server.requests.length).toBeLessThan(9);
  });

  test("takes kept answers for a deployment that is gone, and says what to do where some are missing", async () => {
    server = await startChatServer((_, index) =>
      index < 20 ? completion(String(index), "stop", "tuned") : failure(404, "DeploymentNotFound"),
    );
    const asked = await askAll(server.connection, request());
    const heard: number[] = [];
    const gone = request({ servedModel: "tuned", onReply: (index) => heard.push(index) });
    const kept = await askAll(server.connection, gone);
    expect(kept).toEqual({ ...asked, reused: 20 });
    expect(heard).toHaveLength(20);
    const more = {
      ...gone,
      questions: [...questions, { messages: [{ role: "user" as const, content: "2 + 2 = ?" }], sample: 0 }],
    };
    await expect(askAll(server.connection, more)).rejects.toThrow(
      /no deployment "d" now, and not all of its answers are kept\. Run section 8 first/,
    );
    await expect(askAll(server.connection, request())).rejects.toThrow(/404/);
  });

  test("passes on what the listener throws", async () => {
    server = await startChatServer(() => completion("2"));
    const onReply = (): void => {
      throw new TypeError("no grader");
    };
    await expect(askAll(server.connection, request({ onReply }))).rejects.toThrow("no grader");
  });

  test("keeps nothing of a deployment whose first answer was withheld, because it names no model", async () => {
    server = await startChatServer((_, index) => (index === 0 ? failure(400, "content_filter") : completion("2")));
    expect((await askAll(server.connection, request())).model).toBeNull();
    expect((await askAll(server.connection, request())).reused).toBe(0);
  });
});
