import type { ChatCompletion } from "openai/resources/chat/completions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Running, run } from "../harness.js";

let running: Running;
beforeAll(async () => {
  running = await run();
});
afterAll(() => running.close());

const question = "What is $3 + 4$?";

function ask(changes: object = {}): Promise<ChatCompletion> {
  const body = { model: "o4-mini", messages: [{ role: "user", content: question }], ...changes };
  return running.client.post("/chat/completions", { body });
}

function texts({ choices }: ChatCompletion): (string | null)[] {
  return choices.map(({ message }) => message.content);
}

describe("a chat completion", () => {
  test("answers with the tiny model, and says so", async () => {
    const reply = await ask();
    expect(reply).toMatchObject({ object: "chat.completion", model: "o4-mini" });
    expect(reply.system_fingerprint).toMatch(/local_transformer_of_\d+_parameters/);
    expect(texts(reply)[0]).not.toBe("");
    const { usage } = reply;
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
    expect(usage?.completion_tokens_details?.reasoning_tokens).toBeLessThanOrEqual(usage?.completion_tokens ?? 0);
  });

  test("stops at max_completion_tokens", async () => {
    const { choices, usage } = await ask({ max_completion_tokens: 3 });
    expect(choices[0]?.finish_reason).toBe("length");
    expect(usage?.completion_tokens).toBe(3);
  });

  test("thinks no longer than its effort allows, which is medium where none is named", async () => {
    const messages = [{ role: "user", content: "What is $\\gcd(91, 56)$?" }];
    const greedy = async (changes: object): Promise<ChatCompletion> =>
      running.client.post("/chat/completions", {
        body: { model: "o4-mini", messages, ...changes },
        headers: { "x-nano-decoding": "greedy" },
      });
    const low = await greedy({ reasoning_effort: "low" });
    expect(low).toMatchObject({ usage: { completion_tokens: 40 }, choices: [{ finish_reason: "length" }] });
    const medium = await greedy({ reasoning_effort: "medium" });
    expect(medium.choices[0]?.finish_reason).toBe("stop");
    expect(texts(medium)[0]).toContain(texts(low)[0]);
    expect(texts(await greedy({}))).toEqual(texts(medium));
    expect((await greedy({ reasoning_effort: "high", max_completion_tokens: 3 })).usage?.completion_tokens).toBe(3);
  });

  test("is streamed word by word, with the tokens counted at the end on request", async () => {
    const body = { model: "o4-mini", messages: [{ role: "user" as const, content: "What is $8 + 1$?" }] };
    const stream = await running.client.chat.completions.create({
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("");
    expect(text).toMatch(/\S+ \S+/);
    expect(chunks.length).toBeGreaterThan(text.split(" ").length);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop");
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  test("answers several times on request", async () => {
    expect((await ask({ n: 5 })).choices.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  });

  test("reads the last question of the user, as text or as parts of text", async () => {
    const parts = [
      { role: "developer", content: "Be brief." },
      { role: "user", content: [{ type: "text", text: question }] },
    ];
    const greedy = { headers: { "x-nano-decoding": "greedy" } };
    const send = (messages: object[]): Promise<ChatCompletion> =>
      running.client.post("/chat/completions", { body: { model: "o4-mini", messages }, ...greedy });
    expect(texts(await send(parts))).toEqual(texts(await send([{ role: "user", content: question }])));
  });

  test("takes the likeliest tokens where greedy decoding is asked for, and echoes that", async () => {
    const greedy = (): ReturnType<Running["send"]> =>
      running.send("/openai/v1/chat/completions", {
        method: "POST",
        headers: { "x-nano-decoding": "greedy" },
        body: JSON.stringify({ model: "o4-mini", messages: [{ role: "user", content: question }] }),
      });
    const [first, second] = [await greedy(), await greedy()];
    expect(first.headers.get("x-nano-decoding")).toBe("greedy");
    expect(texts((await first.json()) as ChatCompletion)).toEqual(texts((await second.json()) as ChatCompletion));
  });

  test("draws the same answers in the same order after a restart, asked one by one or all at once", async () => {
    const other = await run();
    const body = { model: "o4-mini", messages: [{ role: "user" as const, content: "What is $5 \\times 6$?" }] };
    const oneByOne = [];
    for (let i = 0; i < 6; i++) oneByOne.push(texts(await running.client.chat.completions.create(body))[0]);
    const others = other.client.chat.completions.create({ ...body, messages: [{ role: "user", content: question }] });
    const allAtOnce = await Promise.all(oneByOne.map(() => other.client.chat.completions.create(body)));
    expect(allAtOnce.flatMap(texts).sort()).toEqual([...oneByOne].sort());
    expect(new Set(oneByOne).size).toBeGreaterThan(1);
    await others;
    await other.close();
  });

  test("is the same under the path of a project", async () => {
    const path = new URL(running.emulator.projectEndpoint).pathname;
    const body = JSON.stringify({ model: "o4-mini", messages: [{ role: "user", content: question }] });
    const response = await running.send(`${path}/openai/v1/chat/completions`, { method: "POST", body });
    expect(response.status).toBe(200);
  });
});

describe("a chat completion is refused", () => {
  test.each(["max_tokens", "top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs", "logit_bias"])(
    "with %s, as reasoning models do",
    async (param) => {
      await expect(ask({ [param]: 1 })).rejects.toMatchObject({ status: 400, code: "unsupported_parameter", param });
    },
  );

  test("with another temperature than 1", async () => {
    await expect(ask({ temperature: 0 })).rejects.toMatchObject({
      status: 400,
      code: "unsupported_value",
      param: "temperature",
    });
    await expect(ask({ temperature: 1 })).resolves.toBeTruthy();
  });

  test("for a deployment that does not exist", async () => {
    await expect(ask({ model: "o5" })).rejects.toMatchObject({ status: 404, code: "DeploymentNotFound" });
  });

  test("without a question, and with developer and system message in one", async () => {
    await expect(ask({ messages: [] })).rejects.toMatchObject({ status: 400, param: "messages" });
    const both = ["developer", "system", "user"].map((role) => ({ role, content: "x" }));
    await expect(ask({ messages: both })).rejects.toMatchObject({ status: 400, param: "messages" });
  });

  test("for what the emulator cannot do", async () => {
    const response_format = { type: "json_object" };
    await expect(ask({ response_format })).rejects.toMatchObject({ status: 400, param: "response_format.type" });
    await expect(ask({ tools: [] })).rejects.toMatchObject({ status: 400, param: "tools", code: "unknown_parameter" });
  });
});
