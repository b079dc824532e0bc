import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeploymentClient } from "../../dist/connect/deployment-client.js";
import { createJob, deploymentsOf, ended, jobRequest, type Running, run } from "./harness.js";

const base = { format: "OpenAI", name: "o4-mini", version: "2025-04-16" };

let running: Running;
let deployments: DeploymentClient;
beforeAll(async () => {
  running = await run();
  deployments = deploymentsOf(running);
});
afterAll(() => running.close());

function ask(model: string): Promise<unknown> {
  return running.client.chat.completions.create({ model, messages: [{ role: "user", content: "What is $1 + 1$?" }] });
}

describe("the control plane", () => {
  it("has a deployment of the base model from the start", async () => {
    expect(await deployments.list()).toMatchObject([{ name: "o4-mini", properties: { model: base } }]);
  });

  it("creates a deployment as a long-running operation and serves it until it is deleted", async () => {
    const created = await deployments.createOrUpdate("mine", {
      sku: { name: "GlobalStandard", capacity: 50 },
      properties: { model: base },
    });
    expect(created).toMatchObject({
      name: "mine",
      sku: { name: "GlobalStandard", capacity: 50 },
      properties: { provisioningState: "Succeeded" },
    });
    expect(created.id).toMatch(
      /^\/subscriptions\/sub\/resourceGroups\/group\/.*\/accounts\/account\/deployments\/mine$/,
    );
    expect(await deployments.get("MINE")).toMatchObject({ name: "mine" });
    await expect(ask("mine")).resolves.toMatchObject({ model: "o4-mini" });
    await deployments.delete("mine");
    expect(await deployments.get("mine")).toBeUndefined();
    await expect(ask("mine")).rejects.toMatchObject({ code: "DeploymentNotFound" });
    await deployments.delete("mine");
  });

  it("changes a deployment in place", async () => {
    for (const capacity of [1, 2]) {
      await deployments.createOrUpdate("changing", {
        sku: { name: "Standard", capacity },
        properties: { model: base },
      });
    }
    expect(await deployments.get("changing")).toMatchObject({ sku: { capacity: 2 } });
    expect((await deployments.list()).filter(({ name }) => name === "changing")).toHaveLength(1);
  });

  it("refuses models that do not exist", async () => {
    const model = { format: "OpenAI", name: "o4-mini-2025-04-16.ft-0", version: "1" };
    await expect(
      deployments.createOrUpdate("none", { sku: { name: "Standard", capacity: 1 }, properties: { model } }),
    ).rejects.toMatchObject({ statusCode: 400, code: "DeploymentModelNotSupported" });
  });

  it("deploys a fine-tuned model and its checkpoints, which answer differently from the base model", async () => {
    const { client } = running;
    const hyperparameters = { batch_size: 4, n_epochs: 4, learning_rate_multiplier: 4 } as const;
    const request = await jobRequest(client);
    const { id } = await createJob(client, {
      ...request,
      method: { type: "reinforcement", reinforcement: { ...request.method.reinforcement, hyperparameters } },
    });
    const { fine_tuned_model } = await ended(client, id);
    const [checkpoint] = (await client.fineTuning.jobs.checkpoints.list(id)).data;
    const sku = { name: "DeveloperTier", capacity: 1 };
    for (const [name, model] of [
      ["tuned", fine_tuned_model],
      ["by-id", checkpoint?.id],
      ["by-name", checkpoint?.fine_tuned_model_checkpoint],
    ] as const) {
      const properties = { model: { format: "OpenAI", name: model ?? "", version: "1" } };
      expect(await deployments.createOrUpdate(name, { sku, properties })).toMatchObject({
        properties: { provisioningState: "Succeeded" },
      });
    }
    const answers = async (model: string): Promise<unknown> => {
      const replies = Array.from({ length: 8 }, () => ask(model) as Promise<{ choices: { message: object }[] }>);
      return (await Promise.all(replies)).map(({ choices }) => choices[0]?.message);
    };
    expect(await answers("tuned")).not.toEqual(await answers("o4-mini"));
    await expect(ask("by-id")).resolves.toBeTruthy();
    await expect(ask("by-name")).resolves.toBeTruthy();
  });

  it("refuses in its own envelope", async () => {
    const path = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a/deployments/none";
    const response = await running.send(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: { code: "ResourceNotFound", message: expect.any(String) } });
  });
});
