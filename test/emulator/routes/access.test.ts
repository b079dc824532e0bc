import { request } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Running, run } from "../harness.js";

let running: Running;
beforeAll(async () => {
  running = await run();
});
afterAll(() => running.close());

describe("the guard", () => {
  test("takes the key as api-key and as bearer token", async () => {
    const { apiKey, armEndpoint } = running.emulator;
    const ways: Record<string, string>[] = [{ "api-key": apiKey }, { authorization: `Bearer ${apiKey}` }];
    for (const headers of ways) {
      expect((await fetch(`${armEndpoint}/openai/v1/files`, { headers })).status).toBe(200);
    }
  });

  test("refuses other keys and none, on both planes and on unknown routes", async () => {
    const { armEndpoint, baseUrl } = running.emulator;
    const wrong = new OpenAI({ baseURL: baseUrl, apiKey: "wrong", maxRetries: 0 });
    await expect(wrong.files.list()).rejects.toMatchObject({ status: 401, code: "401" });
    const account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a";
    for (const path of ["/openai/v1/files", `${account}/deployments`, "/nothing"]) {
      expect((await fetch(armEndpoint + path)).status).toBe(401);
    }
  });

  test("refuses a key of another length, and one that differs in its last letter", async () => {
    const { apiKey, baseUrl } = running.emulator;
    for (const key of [`${apiKey}x`, apiKey.slice(0, -1), `${apiKey.slice(0, -1)}!`, "", "\u00e9"]) {
      expect((await fetch(`${baseUrl}files`, { headers: { "api-key": key } })).status).toBe(401);
    }
  });

  test("draws another key at each start", async () => {
    const other = await run();
    expect(other.emulator.apiKey).not.toBe(running.emulator.apiKey);
    await other.close();
  });

  test("refuses requests from web pages", async () => {
    const response = await running.send("/openai/v1/files", { headers: { origin: "http://localhost:8888" } });
    expect(response.status).toBe(403);
  });

  test("listens on 127.0.0.1 and on no other address of this machine", async () => {
    const port = Number(new URL(running.emulator.armEndpoint).port);
    const addresses = Object.values(networkInterfaces()).flatMap((list = []) => list.map(({ address }) => address));
    expect(await connects("127.0.0.1", port)).toBe(true);
    for (const address of ["127.0.0.2", ...addresses.filter((one) => one !== "127.0.0.1")]) {
      expect(await connects(address, port)).toBe(false);
    }
  });

  test("refuses hosts that are not this machine", async () => {
    expect(await statusForHost("attacker.example")).toBe(403);
    expect(await statusForHost("127.0.0.1.attacker.example")).toBe(403);
    expect(await statusForHost("localhost:1234")).toBe(200);
  });

  test("gives every reply an id, refusals too", async () => {
    const { armEndpoint } = running.emulator;
    expect((await running.send("/openai/v1/files")).headers.get("x-request-id")).toBeTruthy();
    expect((await fetch(`${armEndpoint}/openai/v1/files`)).headers.get("x-request-id")).toBeTruthy();
  });
});

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}

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
