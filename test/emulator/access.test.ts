import { request } from "node:http";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Running, run } from "./harness.js";

let running: Running;
beforeAll(async () => {
  running = await run();
});
afterAll(() => running.close());

describe("the guard", () => {
  it("takes the key as api-key and as bearer token", async () => {
    const { apiKey, armEndpoint } = running.emulator;
    const ways: Record<string, string>[] = [{ "api-key": apiKey }, { authorization: `Bearer ${apiKey}` }];
    for (const headers of ways) {
      expect((await fetch(`${armEndpoint}/openai/v1/files`, { headers })).status).toBe(200);
    }
  });

  it("refuses other keys and none, on both planes and on unknown routes", async () => {
    const { armEndpoint, baseUrl } = running.emulator;
    const wrong = new OpenAI({ baseURL: baseUrl, apiKey: "wrong", maxRetries: 0 });
    await expect(wrong.files.list()).rejects.toMatchObject({ status: 401, code: "401" });
    const account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a";
    for (const path of ["/openai/v1/files", `${account}/deployments`, "/nothing"]) {
      expect((await fetch(armEndpoint + path)).status).toBe(401);
    }
  });

  it("draws another key at each start", async () => {
    const other = await run();
    expect(other.emulator.apiKey).not.toBe(running.emulator.apiKey);
    await other.close();
  });

  it("refuses requests from web pages", async () => {
    const response = await running.send("/openai/v1/files", { headers: { origin: "http://localhost:8888" } });
    expect(response.status).toBe(403);
  });

  it("refuses hosts that are not this machine", async () => {
    expect(await statusForHost("attacker.example")).toBe(403);
    expect(await statusForHost("127.0.0.1.attacker.example")).toBe(403);
    expect(await statusForHost("localhost:1234")).toBe(200);
  });

  it("gives every reply an id, refusals too", async () => {
    const { armEndpoint } = running.emulator;
    expect((await running.send("/openai/v1/files")).headers.get("x-request-id")).toBeTruthy();
    expect((await fetch(`${armEndpoint}/openai/v1/files`)).headers.get("x-request-id")).toBeTruthy();
  });
});

/** `fetch` does not let its caller choose the Host header. */
function statusForHost(host: string): Promise<number | undefined> {
  const { armEndpoint, apiKey } = running.emulator;
  return new Promise((resolve, reject) => {
    request(`${armEndpoint}/openai/v1/files`, { headers: { host, "api-key": apiKey } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}
