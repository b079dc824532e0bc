import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CognitiveServicesManagementClient } from "@azure/arm-cognitiveservices";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seal } from "../../../dist/util/hash.js";
import { account, armClient, createJob, deploy, ended, jobRequest, type Running, run, until } from "../harness.js";

const base = { format: "OpenAI", name: "o4-mini", version: "2025-04-16" };
const path = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a/deployments";

let running: Running;
let deployments: CognitiveServicesManagementClient["deployments"];
beforeAll(async () => {
  running = await run();
  deployments = armClient(running).deployments;
});
afterAll(() => running.close());

async function names(): Promise<(string | undefined)[]> {
  const found = [];
  for await (const { name } of deployments.list(...account)) found.push(name);
  return found;
}

function ask(model: string): Promise<unknown> {
  return running.client.chat.completions.create({ model, messages: [{ role: "user", content: "What is $1 + 1$?" }] });
}

/** What the control plane answers to a deployment of `changes`. */
async function put(name: string, changes: { sku?: object; model?: object }): Promise<{ status: number; body: object }> {
  const sku = { name: "Standard", capacity: 1, ...changes.sku };
  const body = JSON.stringify({ sku, properties: { model: { ...base, ...changes.model } } });
  const response = await running.send(`${path}/${name}`, { method: "PUT", body });
  return { status: response.status, body: (await response.json()) as object };
}

describe("the control plane", () => {
  test("has a deployment of the base model from the start", async () => {
    expect(await names()).toEqual(["o4-mini"]);
    expect(await deployments.get(...account, "o4-mini")).toMatchObject({ properties: { model: base } });
  });

  test("creates a deployment as a long-running operation and serves it until it is deleted", async () => {
    const created = await deploy(running, "mine");
    expect(created).toMatchObject({
      name: "mine",
      sku: { name: "Standard", capacity: 1 },
      properties: { provisioningState: "Succeeded" },
    });
    expect(created.id).toMatch(
      /^\/subscriptions\/sub\/resourceGroups\/group\/.*\/accounts\/account\/deployments\/mine$/,
    );
    expect(await deployments.get(...account, "MINE")).toMatchObject({ name: "mine" });
    await expect(ask("mine")).resolves.toMatchObject({ model: "o4-mini" });
    await deployments.beginDeleteAndWait(...account, "mine", { updateIntervalInMs: 1 });
    expect(await names()).toEqual(["o4-mini"]);
    await expect(deployments.get(...account, "mine")).rejects.toMatchObject({ code: "ResourceNotFound" });
    await expect(ask("mine")).rejects.toMatchObject({ code: "DeploymentNotFound" });
    await deployments.beginDeleteAndWait(...account, "mine");
  });

  test("changes a deployment in place, whatever the case of its sku", async () => {
    for (const sku of ["standard", "developertier"]) await deploy(running, "changing", "o4-mini", sku);
    expect(await deployments.get(...account, "changing")).toMatchObject({ sku: { name: "DeveloperTier" } });
    expect((await names()).filter((name) => name === "changing")).toHaveLength(1);
  });

  test("refuses what does not exist, in its own envelope", async () => {
    const refused: [Parameters<typeof put>[1], string][] = [
      [{ model: { name: "o4-mini-2025-04-16.ft-0", version: "1" } }, "DeploymentModelNotSupported"],
      [{ model: { version: "latest" } }, "DeploymentModelNotSupported"],
      [{ sku: { name: "Cheap" } }, "InvalidResourceProperties"],
    ];
    for (const [changes, code] of refused) {
      const error = { code, message: expect.any(String) };
      expect(await put("none", changes)).toEqual({ status: 400, body: { error } });
    }
    for (const unknown of [`${path}/none`, "/subscriptions/s/providers/Microsoft.Compute/disks"]) {
      const response = await running.send(unknown);
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
    }
  });

  test("has a quota for each model, in thousands of tokens a minute, of which it says what is left", async () => {
    const capacities = armClient(running).modelCapacities.list(base.format, base.name, base.version);
    const left = [];
    for await (const { properties } of capacities) left.push(properties?.availableCapacity);
    expect(left[0]).toBeGreaterThan(900);
    expect((await put("large", { sku: { capacity: Number(left[0]) + 1 } })).body).toMatchObject({
      error: { code: "InsufficientQuota" },
    });
    expect(await put("large", { sku: { capacity: 1001 } })).toMatchObject({
      status: 400,
      body: {
        error: { code: "InsufficientQuota", message: expect.stringMatching(/1001 new capacity.* capacity 9\d\d\./) },
      },
    });
  });

  test("refuses a second operation while one is under way", async () => {
    const [first, second] = await Promise.all([put("busy", {}), put("busy", {})]);
    expect([first.status, second.status].sort()).toEqual([201, 409]);
  });
});

test("an operation can be followed over a restart", async () => {
  const body = JSON.stringify({ sku: { name: "Standard", capacity: 1 }, properties: { model: base } });
  const reply = await running.send(`${path}/lasting`, { method: "PUT", body });
  const operation = new URL(reply.headers.get("azure-asyncoperation") ?? "").pathname;
  running = await running.restart();
  deployments = armClient(running).deployments;
  expect(await (await running.send(operation)).json()).toMatchObject({ id: operation, status: "Succeeded" });
  await expect(ask("lasting")).resolves.toBeTruthy();
});

test("operations that a crash interrupted are carried out at the next start", async () => {
  const folder = await mkdtemp(join(tmpdir(), "emulator-"));
  const sku = { name: "Standard", capacity: 1 };
  const write = async (kind: string, number: number, record: object) => {
    await mkdir(join(folder, kind), { recursive: true });
    await writeFile(join(folder, kind, `${String(number).padStart(8, "0")}.json`), seal(record));
  };
  for (const [number, action, provisioningState] of [
    [1, "create", "Creating"],
    [2, "delete", "Deleting"],
  ] as const) {
    await write("deployments", number, { name: action, sku, properties: { model: base, provisioningState } });
    await write("operations", number, { id: String(number), action, deployment: action, status: "InProgress" });
  }
  const other = await run({ stateDir: folder });
  const operations = "/subscriptions/s/providers/Microsoft.CognitiveServices/locations/local/operations";
  for (const id of [1, 2]) {
    await until(
      async () => (await (await other.send(`${operations}/${id}`)).json()) as { status: string },
      ({ status }) => status === "Succeeded",
    );
  }
  const list = (await (await other.send(path)).json()) as { value: object[] };
  expect(list.value).toMatchObject([
    { name: "o4-mini" },
    { name: "create", properties: { provisioningState: "Succeeded" } },
  ]);
  await other.close();
});

test("a fine-tuned model and its checkpoints can be deployed, and answer differently from the base model", async () => {
  const { client } = running;
  const hyperparameters = { batch_size: 4, n_epochs: 4, learning_rate_multiplier: 4 } as const;
  const request = await jobRequest(client);
  const { id } = await createJob(client, {
    ...request,
    method: { type: "reinforcement", reinforcement: { ...request.method.reinforcement, hyperparameters } },
  });
  const { fine_tuned_model } = await ended(client, id);
  const [checkpoint] = (await client.fineTuning.jobs.checkpoints.list(id)).data;
  for (const [name, model] of [
    ["tuned", fine_tuned_model],
    ["by-id", checkpoint?.id],
    ["by-name", checkpoint?.fine_tuned_model_checkpoint],
  ] as const) {
    const deployed = await deploy(running, name, model ?? "", "DeveloperTier");
    expect(deployed).toMatchObject({ properties: { provisioningState: "Succeeded" } });
  }
  const answers = async (model: string): Promise<unknown> => {
    const replies = Array.from({ length: 8 }, () => ask(model) as Promise<{ choices: { message: object }[] }>);
    return (await Promise.all(replies)).map(({ choices }) => choices[0]?.message);
  };
  expect(await answers("tuned")).not.toEqual(await answers("o4-mini"));
  await expect(ask("by-id")).resolves.toBeTruthy();
  await expect(ask("by-name")).resolves.toBeTruthy();
});
