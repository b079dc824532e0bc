import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { APIConnectionError } from "openai";
import { afterEach, describe, expect, test } from "vitest";
import { startEmulator } from "../../../dist/emulator/emulator.js";
import { type FaultPlan, parseFaultPlan } from "../../../dist/emulator/faults/fault-plan.js";
import { createJob, deploy, ended, jobRequest, type Running, run, trainingLines, until, upload } from "../harness.js";
import { randomFaultPlan } from "./random-fault-plan.js";

let running: Running;
afterEach(() => running?.close());

async function withFaults(faults: FaultPlan): Promise<Running> {
  running = await run({ faults });
  return running;
}

describe("a call that goes wrong", () => {
  const route = "GET /openai/v1/files";
  const list = () => running.client.files.list();

  test.each([
    ["rate_limit", { status: 429, code: "tooManyRequests" }],
    ["internal_error", { status: 500, code: "internalFailure" }],
    ["unavailable", { status: 503, code: "serviceUnavailable" }],
    ["expired_token", { status: 401, code: "401" }],
  ] as const)("is answered with %s, and the next one is well", async (kind, refusal) => {
    await withFaults([{ route, kind }]);
    await expect(list()).rejects.toMatchObject(refusal);
    await expect(list()).resolves.toMatchObject({ data: [] });
  });

  test("tells how long to wait", async () => {
    await withFaults([{ route, kind: "rate_limit", retryAfter: 7 }]);
    expect((await running.send("/openai/v1/files")).headers.get("retry-after")).toBe("7");
  });

  test("is the nth one and as many in a row as are planned, counted for each route and over both prefixes", async () => {
    await withFaults([{ route, nth: 2, times: 2, kind: "unavailable" }]);
    const path = new URL(running.emulator.projectEndpoint).pathname;
    const statuses = [];
    for (const prefix of ["", path, "", path]) statuses.push((await running.send(`${prefix}/openai/v1/files`)).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
    expect((await running.send("/openai/v1/fine_tuning/jobs")).status).toBe(200);
  });

  test("does not count without the key", async () => {
    await withFaults([{ route, kind: "unavailable" }]);
    await fetch(`${running.emulator.baseUrl}files`);
    expect((await running.send("/openai/v1/files")).status).toBe(503);
  });

  test("is reset before anything is done, or after", async () => {
    const post = "POST /openai/v1/files";
    await withFaults([
      { route: post, kind: "reset_before" },
      { route: post, nth: 2, kind: "reset_after" },
    ]);
    for (const filesThen of [0, 1]) {
      await expect(upload(running.client, trainingLines(10))).rejects.toThrow(APIConnectionError);
      expect((await list()).data).toHaveLength(filesThen);
    }
  });

  test("is answered with half a body, or with one that comes late", async () => {
    await withFaults([
      { route, kind: "truncated_json" },
      { route, nth: 2, kind: "slow_body", delay: 1 },
    ]);
    await expect(list()).rejects.toThrow(SyntaxError);
    await expect(list()).resolves.toMatchObject({ data: [] });
  });

  test("is one of the control plane, in its own envelope", async () => {
    await withFaults([{ route: "GET /deployments/:name", kind: "internal_error" }]);
    const account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a";
    const response = await running.send(`${account}/deployments/o4-mini`);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ error: { code: "internalFailure", message: expect.any(String) } });
  });
});

describe("a thing that goes wrong later", () => {
  test("is a file that ends in an error", async () => {
    await withFaults([{ route: "POST /openai/v1/files", kind: "file_error", message: "Blocked." }]);
    expect(await upload(running.client, trainingLines(10))).toMatchObject({
      status: "error",
      status_details: "Blocked.",
    });
    expect(await upload(running.client, trainingLines(10))).toMatchObject({ status: "processed" });
  });

  test("is a job that fails after a step", async () => {
    const { client } = await withFaults([
      { route: "POST /openai/v1/fine_tuning/jobs", kind: "job_fails", message: "Out of luck." },
    ]);
    const { id } = await createJob(client, await jobRequest(client));
    expect(await ended(client, id)).toMatchObject({ status: "failed", error: { message: "Out of luck." } });
    expect((await client.fineTuning.jobs.checkpoints.list(id)).data).toHaveLength(1);
  });

  test("is a job that pauses itself, and goes on when it is resumed", async () => {
    const { client } = await withFaults([{ route: "POST /openai/v1/fine_tuning/jobs", kind: "job_pauses" }]);
    const { id } = await createJob(client, await jobRequest(client));
    const { jobs } = client.fineTuning;
    await until(
      () => jobs.retrieve(id),
      ({ status }) => String(status) === "paused",
    );
    const texts = (await jobs.listEvents(id)).data.map(({ message }) => message);
    expect(texts[1]).toMatch(/limit of \$5,000/);
    expect((await jobs.checkpoints.list(id)).data).toHaveLength(1);
    await jobs.resume(id);
    expect(await ended(client, id)).toMatchObject({ status: "succeeded" });
  });

  test("is a deployment that fails, or has no quota, or does not answer yet", async () => {
    const route = "PUT /deployments/:name";
    const { client } = await withFaults([
      { route, kind: "deployment_fails" },
      { route, nth: 2, kind: "insufficient_quota" },
      { route, nth: 3, kind: "deployment_not_ready", calls: 2 },
    ]);
    expect(await deploy(running, "mine")).toMatchObject({ properties: { provisioningState: "Failed" } });
    await expect(deploy(running, "mine")).rejects.toMatchObject({ statusCode: 400, code: "InsufficientQuota" });
    expect(await deploy(running, "mine")).toMatchObject({ properties: { provisioningState: "Succeeded" } });
    const ask = () =>
      client.chat.completions.create({ model: "mine", messages: [{ role: "user", content: "1 + 1?" }] });
    for (const _ of [1, 2]) await expect(ask()).rejects.toMatchObject({ status: 503, code: "DeploymentNotReady" });
    await expect(ask()).resolves.toBeTruthy();
  });
});

describe("a fault plan", () => {
  test("is refused with the place of what is wrong", async () => {
    const refused: [unknown, RegExp][] = [
      [{}, /at the top/],
      [[{ route: "GET /openai/v1/files" }], /at 0\.kind/],
      [[{ route: "GET /openai/v1/files", kind: "unavailable", nth: 0 }], /at 0\.nth/],
      [[{ route: "GET /openai/v1/files", kind: "unavailable", often: true }], /often/],
      [[{ route: "GET /openai/v1/files", kind: "job_fails" }], /at 0\.route/],
    ];
    for (const [plan, reason] of refused) expect(() => parseFaultPlan(plan)).toThrow(reason);
    const stateDir = await mkdtemp(join(tmpdir(), "emulator-"));
    const faults: FaultPlan = [{ route: "GET /files", kind: "unavailable" }];
    await expect(startEmulator({ stateDir, faults })).rejects.toThrow(
      /"GET \/files", which is none of .*GET \/openai\/v1\/files/,
    );
    running = await run({ stateDir });
  });

  test("drawn at random is the same for a seed, and one the emulator takes", async () => {
    expect(randomFaultPlan(3)).toEqual(randomFaultPlan(3));
    expect(randomFaultPlan(3)).not.toEqual(randomFaultPlan(4));
    await withFaults(Array.from({ length: 20 }, (_, seed) => randomFaultPlan(seed)).flat());
  });
});
