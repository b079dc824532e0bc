import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployModel } from "../../dist/job/deploy.js";
import { deleteResources, listResources } from "../../dist/job/manage.js";
import { submitJob } from "../../dist/job/submit.js";
import { watchJob } from "../../dist/job/watch.js";
import type { Deployment } from "../../dist/service/wire.js";
import { RunEndsHere } from "../../dist/util/errors.js";
import { emulatorService, quickRecipe, smallService, type TestService } from "./service.js";

describe("a model that the emulator has tuned", () => {
  let service: TestService;
  let models: string[];

  beforeAll(async () => {
    service = await emulatorService();
    const recipe = await quickRecipe(service);
    const tune = async (seed: number): Promise<string> => {
      const { job } = await submitJob(service.connection, { ...recipe, seed });
      return (await watchJob(service.connection, job.id)).fine_tuned_model as string;
    };
    models = [await tune(1), await tune(2)];
  });

  afterAll(() => service.close());

  test("is deployed until it answers, and found there the next time", async () => {
    const request = { name: "rft-math", model: models[0] as string };
    expect(await deployModel(service.connection, request)).toEqual({
      name: "rft-math",
      reused: false,
      dollarsPerHour: 1.7,
    });
    expect(await deployModel(service.connection, request)).toMatchObject({ reused: true, dollarsPerHour: 1.7 });
  });

  test("takes the place of another tuned model, but never of a base model", async () => {
    const { connection } = service;
    const model = models[1] as string;
    expect(await deployModel(connection, { name: "rft-math", model })).toMatchObject({ reused: false });
    expect((await connection.deployments.get("rft-math"))?.properties.model.name).toBe(model);
    await expect(deployModel(connection, { name: "o4-mini", model })).rejects.toThrow(/serves the base model/);
  });

  test("is listed with everything else that remains, and with what hosting it costs", async () => {
    const { connection } = service;
    await deployModel(connection, { name: "cheap", model: models[0] as string, sku: "DeveloperTier" });
    const { deployments, jobs, files } = await listResources(connection);
    const costs = Object.fromEntries(deployments.map(({ name, dollarsPerHour }) => [name, dollarsPerHour]));
    expect(costs).toEqual({ "o4-mini": 0, "rft-math": 1.7, cheap: 0 });
    expect(jobs.map(({ fineTunedModel }) => fineTunedModel)).toEqual([...models].reverse());
    expect(files.map(({ filename }) => filename.replace(/-.*/, "")).sort()).toEqual([
      "results.csv",
      "results.csv",
      "training",
      "validation",
    ]);
    for (const { bytes } of files) expect(bytes).toBeGreaterThan(0);
  });

  test("is taken away with the files that are named, and nothing else", async () => {
    const { connection } = service;
    const before = await listResources(connection);
    const [file] = before.files;
    await expect(deleteResources(connection, ["cheap", "nobody"])).rejects.toThrow(/Nothing is deleted.*nobody/);
    expect(await listResources(connection)).toEqual(before);
    const left = await deleteResources(connection, ["rft-math", file?.id as string]);
    expect(left.deployments.map(({ name }) => name).sort()).toEqual(["cheap", "o4-mini"]);
    expect(left.files).toEqual(before.files.slice(1));
    expect(left.jobs).toEqual(before.jobs);
  });

  test("can be taken down", async () => {
    await service.connection.deployments.delete("cheap");
    expect(await service.connection.deployments.get("cheap")).toBeUndefined();
  });

  test("is not deployed where paid steps are not allowed", async () => {
    const { openai, deployments, settings, close } = service.connection;
    const unpaid = { openai, deployments, close, settings: { ...settings, runPaidJobs: false } };
    await expect(deployModel(unpaid, { name: "new", model: models[0] as string })).rejects.toThrow(RunEndsHere);
  });

  test("is named where the service does not know it", async () => {
    const deploying = deployModel(service.connection, { name: "new", model: "o4-mini-2025-04-16.ft-unknown" });
    await expect(deploying).rejects.toThrow(/ft-unknown cannot be deployed as "new"/);
  });
});

describe("a control plane of its own ways", () => {
  const path =
    "/subscriptions/sub/resourceGroups/group/providers/Microsoft.CognitiveServices/accounts/account/deployments/rft-math";
  const request = { name: "rft-math", model: "o4-mini-2025-04-16.ft-1" };
  const notFound = { error: { code: "ResourceNotFound", message: "none" } };

  test("may call a deployment ready long before it answers", async () => {
    let silences = 4;
    let deployment: object | undefined;
    const { connection, close } = await smallService((app) => {
      app.get(path, async (_request, reply) => deployment ?? reply.status(404).send(notFound));
      app.put<{ Body: Deployment }>(path, async ({ body }) => {
        deployment = { ...body, properties: { ...body.properties, provisioningState: "Succeeded" } };
        return deployment;
      });
      app.post("/openai/v1/chat/completions", async (_request, reply) => {
        if (silences-- > 0)
          return reply
            .status(404)
            .header("retry-after-ms", 1)
            .send({ error: { code: "DeploymentNotFound", message: "wait" } });
        return { choices: [] };
      });
    });
    expect(await deployModel(connection, request)).toMatchObject({ name: "rft-math", reused: false });
    expect(silences).toBe(-1);
    await close();
  });

  test("may end the operation well and the deployment badly", async () => {
    let deployment: object | undefined;
    const { connection, close } = await smallService((app) => {
      app.get(path, async (_request, reply) => deployment ?? reply.status(404).send(notFound));
      app.put(path, async (_request, reply) => {
        deployment = { name: "rft-math", properties: { model: { name: request.model }, provisioningState: "Failed" } };
        return reply
          .status(201)
          .header("azure-asyncoperation", "https://arm.local.invalid/operation")
          .header("retry-after-ms", 1)
          .send({ name: "rft-math", properties: { provisioningState: "Creating" } });
      });
      app.get("/operation", async () => ({ status: "Succeeded" }));
    });
    await expect(deployModel(connection, request)).rejects.toThrow(/ended as Failed/);
    await close();
  });

  test("may have no quota, and the error says what helps", async () => {
    const { connection, close } = await smallService((app) => {
      app.get(path, async (_request, reply) => reply.status(404).send(notFound));
      app.put(path, async (_request, reply) =>
        reply
          .status(400)
          .send({ error: { code: "InsufficientQuota", message: "This operation requires 50 new capacity." } }),
      );
    });
    await expect(deployModel(connection, request)).rejects.toThrow(
      /requires 50 new capacity[\s\S]*capacity of 50: ask for less/,
    );
    await close();
  });

  test("may be busy with the deployment, and have done already what was asked for", async () => {
    let deployment: Deployment | undefined;
    let puts = 0;
    const { connection, close } = await smallService((app) => {
      app.get(path, async (_request, reply) => deployment ?? reply.status(404).send(notFound));
      app.put<{ Body: Deployment }>(path, async ({ body }, reply) => {
        puts += 1;
        deployment = { ...body, properties: { ...body.properties, provisioningState: "Succeeded" } };
        return reply
          .status(409)
          .send({ error: { code: "RequestConflict", message: "Another operation is under way." } });
      });
      app.post("/openai/v1/chat/completions", async () => ({ choices: [] }));
    });
    expect(await deployModel(connection, request)).toMatchObject({ reused: false });
    expect(puts).toBe(1);
    await close();
  });

  test("may show the deployment as it was, after it has taken the change", async () => {
    const old = { sku: { name: "GlobalStandard", capacity: 1 }, properties: { model: { name: "o4-mini.ft-old" } } };
    let deployment: object = old;
    let looks = 0;
    const { connection, close } = await smallService((app) => {
      app.get(path, async () => (looks++ > 1 ? deployment : old));
      app.put<{ Body: Deployment }>(path, async ({ body }, reply) => {
        deployment = { ...body, properties: { ...body.properties, provisioningState: "Succeeded" } };
        return reply.header("retry-after-ms", 1).send(deployment);
      });
      app.post("/openai/v1/chat/completions", async () => ({ choices: [] }));
    });
    await deployModel(connection, request);
    expect((await connection.deployments.get("rft-math"))?.properties.model.name).toBe(request.model);
    expect(looks).toBeGreaterThan(2);
    await close();
  });

  test("may refuse the question itself, which waiting does not cure", async () => {
    const { connection, close } = await smallService((app) => {
      app.get(path, async () => ({ name: "rft-math", sku: {}, properties: { model: { name: request.model } } }));
      app.post("/openai/v1/chat/completions", async (_request, reply) =>
        reply.status(401).send({ error: { message: "Access denied." } }),
      );
    });
    await expect(deployModel(connection, request)).rejects.toThrow(/Access denied/);
    await close();
  });
});
