import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { projectRoot } from "../../dist/util/assets.js";

/** A proxy that refuses everything, and what it was asked for. */
let proxy: Server;
let address: string;
let asked: string[];

beforeAll(async () => {
  proxy = createServer((socket) => {
    socket.once("data", (request) => {
      asked.push(String(request).split("\r\n", 1)[0] as string);
      socket.end("HTTP/1.1 502 Refused\r\ncontent-length: 0\r\n\r\n");
    });
    socket.on("error", () => {});
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});

beforeEach(() => {
  asked = [];
});

afterAll(() => void proxy.close());

/** Connects in a process with these variables, and runs `code` on the connection; resolves to what it prints. */
async function connected(code: string, env: Record<string, string>): Promise<string> {
  const script = `require(${JSON.stringify(join(projectRoot, "dist/connect/connect.js"))}).connect().then(async (connection) => {
    ${code}
    await connection.close();
  });`;
  const base = { PATH: process.env.PATH, NODE_USE_ENV_PROXY: "1" };
  const child = spawn(process.execPath, ["-e", script], {
    env: { ...base, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (text) => {
    printed += text;
  });
  await once(child, "close");
  return printed;
}

describe("the emulator is reached without a proxy", () => {
  const every = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
  test.each([
    ["http://", every, {}],
    ["http://", ["HTTP_PROXY"], { NO_PROXY: "example.com" }],
    ["http://", ["https_proxy"], { no_proxy: "example.com, other.example" }],
    ["", ["ALL_PROXY"], {}],
  ] as const)("where %j stands before its address in %j, with the exceptions %j", async (scheme, names, exceptions) => {
    const code = `
      console.log((await connection.openai.files.list({}, { maxRetries: 0 })).data.length);
      console.log((await connection.deployments.list()).length);`;
    const proxies = Object.fromEntries(names.map((name) => [name, scheme + address]));
    const state = { EMULATOR_STATE_DIR: await mkdtemp(join(tmpdir(), "proxies-")) };
    expect(await connected(code, { ...proxies, ...exceptions, ...state })).toBe("0\n1\n");
    expect(asked).toEqual([]);
  });
});

test("Azure is asked through the proxy", async () => {
  const code = `
    await connection.deployments.list().catch(() => {});
    await connection.openai.files.list({}, { maxRetries: 0 }).catch(() => {});`;
  await connected(code, {
    HTTPS_PROXY: `http://${address}`,
    AZURE_TENANT_ID: "00000000-0000-0000-0000-000000000001",
    AZURE_CLIENT_ID: "client",
    AZURE_CLIENT_SECRET: "secret",
    AZURE_TOKEN_CREDENTIALS: "EnvironmentCredential",
    AZURE_AI_PROJECT_ENDPOINT: "https://res.services.ai.azure.com/api/projects/math",
    AZURE_OPENAI_KEY: "topsecret",
    AZURE_SUBSCRIPTION_ID: "sub",
    AZURE_RESOURCE_GROUP: "group",
    AZURE_AOAI_ACCOUNT: "res",
    MODEL_NAME: "o4-mini-2025-04-16",
  });
  expect(asked).toContain("CONNECT login.microsoftonline.com:443 HTTP/1.1");
  // Node's own fetch, which the client of the models uses, knows proxies from version 24 on.
  if (Number.parseInt(process.versions.node, 10) >= 24)
    expect(asked).toContain("CONNECT res.services.ai.azure.com:443 HTTP/1.1");
});
