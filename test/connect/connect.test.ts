import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect, promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Connection, connect, requirePaidJobs } from "../../dist/connect/connect.js";
import { loadSettings } from "../../dist/connect/settings.js";
import { startEmulator } from "../../dist/emulator/emulator.js";
import { deployModel } from "../../dist/job/deploy.js";
import { uploadFile } from "../../dist/job/files.js";
import { submitJob } from "../../dist/job/submit.js";
import { watchJob } from "../../dist/job/watch.js";
import { projectRoot } from "../../dist/util/assets.js";
import { RunEndsHere, UserError } from "../../dist/util/errors.js";
import { settingsFor, smallService, type TestService, tinyRecipe, writeProblems } from "../job/service.js";

const stateDir = mkdtempSync(join(tmpdir(), "connect-"));
const local = loadSettings({ EMULATOR_STATE_DIR: stateDir });

afterAll(() => rm(stateDir, { recursive: true }));

describe("on the local backend", () => {
  let connection: Connection;

  beforeAll(async () => {
    connection = await connect(local);
  });

  afterAll(() => connection.close());

  test("starts an emulator that answers", async () => {
    const { data } = await connection.openai.files.list();
    expect(data).toEqual([]);
  });

  test("finds the emulator that runs already when it connects again", async () => {
    const again = await connect(local);
    expect(again.settings.openaiEndpoint).toBe(connection.settings.openaiEndpoint);
  });

  test("reaches the control plane, where the base model is deployed", async () => {
    const [deployment] = await connection.deployments.list();
    expect(deployment).toMatchObject({ name: "o4-mini", properties: { provisioningState: "Succeeded" } });
    expect(await connection.deployments.get("o4-mini")).toEqual(deployment);
    expect(await connection.deployments.get("nobody")).toBeUndefined();
  });

  test("makes, lists and deletes a deployment", async () => {
    const wanted = {
      sku: { name: "GlobalStandard", capacity: 1 },
      properties: { model: { format: "OpenAI", name: "o4-mini", version: "2025-04-16" } },
    };
    const made = await connection.deployments.createOrUpdate("second", wanted);
    expect(made).toMatchObject({ name: "second", properties: { provisioningState: "Succeeded" } });
    await connection.deployments.delete("second");
    await connection.deployments.delete("second");
    expect((await connection.deployments.list()).map(({ name }) => name)).toEqual(["o4-mini"]);
  });

  test("shows its key in nothing that is printed", () => {
    const key = connection.settings.apiKey as string;
    const printed = [connection, connection.openai, connection.deployments, connection.settings].map(
      (part) => inspect(part, { depth: 9 }) + JSON.stringify(part),
    );
    expect(key.length).toBeGreaterThan(8);
    expect(printed.join()).not.toContain(key);
  });
});

describe("the emulator's process", () => {
  test("ends with close, and the next connection starts a new one over the same state", async () => {
    const first = await connect(local);
    await first.close();
    await expect(first.openai.files.list({}, { maxRetries: 0 })).rejects.toThrow("This connection is closed");
    const second = await connect(local);
    await expect(second.openai.files.list()).resolves.toBeDefined();
    await second.close();
  });

  test("reports in its own words why it does not start", async () => {
    const unusable = { ...local, emulatorStateDir: "/dev/null/state" };
    await expect(connect(unusable)).rejects.toThrow(/\/dev\/null/);
  });

  test("is started again by the next call where it was killed, and the connection goes on with its state", async () => {
    const connection = await connect(local);
    const { id } = await connection.openai.files.create({ purpose: "fine-tune", file: new File(["{}"], "kept.jsonl") });
    const before = connection.openai.baseURL;
    for (const find of [
      async () => (await connection.openai.files.retrieve(id)).filename,
      async () => ((await connection.deployments.get("o4-mini")) ? "kept.jsonl" : "lost"),
    ]) {
      process.kill(await emulatorId(), "SIGKILL");
      expect(await find()).toBe("kept.jsonl");
    }
    expect((await connection.openai.files.retrieve(id)).id).toBe(id);
    expect(connection.openai.baseURL).not.toBe(before);
    await connection.close();
  });

  test("ends with the process that started it, even one that is killed, and keeps no script from ending", async () => {
    for (const mode of ["end", "wait"]) {
      const { child, endpoint } = await connectElsewhere(mode);
      if (mode === "wait") child.kill("SIGKILL");
      await once(child, "exit");
      await expect(unreachable(endpoint)).resolves.toBe(true);
    }
  });

  test("is shared with other processes, and ends with the last of them", async () => {
    const { child, endpoint } = await connectElsewhere("wait");
    const connection = await connect(local);
    expect(connection.openai.baseURL).toBe(endpoint);
    child.kill("SIGKILL");
    await once(child, "exit");
    const again = await connectElsewhere("wait");
    expect(again.endpoint).toBe(endpoint);
    expect((await stat(join(stateDir, "lock", await lockEntry()))).mode & 0o777).toBe(0o600);
    await connection.close();
    again.child.kill("SIGKILL");
    await expect(unreachable(endpoint)).resolves.toBe(true);
  });

  test("is found by one of two that start at the same moment, and made by the other", async () => {
    const both = await Promise.all([connectElsewhere("wait"), connectElsewhere("wait")]);
    expect(both[0].endpoint).toBe(both[1].endpoint);
    for (const { child } of both) child.kill("SIGKILL");
    await expect(unreachable(both[0].endpoint)).resolves.toBe(true);
  });
});

/** Connects in a process of its own, which then ends, or waits for its end. */
async function connectElsewhere(mode: string): Promise<{ child: ChildProcess; endpoint: string }> {
  const script = `
    const { connect } = require(${JSON.stringify(join(projectRoot, "dist/connect/connect.js"))});
    connect().then(({ openai }) => {
      openai.files.list().then(() => console.log(openai.baseURL));
      if (process.argv[1] === "wait") setInterval(() => {}, 1000);
    });`;
  const env = {
    ...process.env,
    AZURE_AI_PROJECT_ENDPOINT: "",
    AZURE_OPENAI_ENDPOINT: "",
    EMULATOR_STATE_DIR: stateDir,
  };
  const child = spawn(process.execPath, ["-e", script, mode], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, endpoint: line.toString().trim() };
}

async function lockEntry(): Promise<string> {
  const [entry] = await readdir(join(stateDir, "lock"));
  return entry as string;
}

/** The emulator's process, as its lock names it. */
async function emulatorId(): Promise<number> {
  return Number.parseInt(await lockEntry(), 10);
}

/** Resolves to true once nothing answers at `endpoint`; a test that waits in vain fails by its time limit. */
async function unreachable(endpoint: string): Promise<boolean> {
  for (;;) {
    try {
      await fetch(endpoint);
    } catch {
      return true;
    }
  }
}

describe("on Azure", () => {
  const azure = loadSettings({
    AZURE_AI_PROJECT_ENDPOINT: "https://res.services.ai.azure.com/api/projects/math",
    AZURE_OPENAI_KEY: "topsecret",
    AZURE_SUBSCRIPTION_ID: "sub",
    AZURE_RESOURCE_GROUP: "group",
    AZURE_AOAI_ACCOUNT: "res",
    MODEL_NAME: "o4-mini-2025-04-16",
  });

  test("calls the v1 endpoint with the key and starts nothing", async () => {
    const { openai, settings, close } = await connect(azure);
    expect(openai.baseURL).toBe("https://res.services.ai.azure.com/openai/v1/");
    await openai._callApiKey();
    expect(openai.apiKey).toBe("topsecret");
    expect(settings.apiKey).toBe("topsecret");
    await close();
  });

  test("keeps the key unseen even where the settings were copied", async () => {
    const connection = await connect({ ...azure, apiKey: "topsecret" });
    expect(inspect(connection) + JSON.stringify(connection) + inspect(connection.settings)).not.toContain("topsecret");
  });

  test("says how to sign in where Entra ID finds no one", async () => {
    process.env.AZURE_TOKEN_CREDENTIALS = "EnvironmentCredential";
    const { openai } = await connect({ ...azure, apiKey: null });
    await expect(openai.files.list({}, { maxRetries: 0 })).rejects.toThrow(/az login/);
  });
});

const key = "Topsecret-key-0123456789";
let service: TestService | undefined;

afterEach(async () => {
  await service?.close();
  service = undefined;
});

/** A service that refuses everything with `status` and repeats in its error what it was sent. */
async function indiscreetService(status: number) {
  service = await smallService((app) => {
    app.addContentTypeParser(/.*/, (_request, _payload, done) => done(null));
    app.all("*", async ({ headers }, reply) =>
      reply
        .status(status)
        .header("x-seen", String(headers.authorization))
        .send({ error: { code: "401", message: `Access denied for ${headers.authorization}`, seen: headers } }),
    );
  });
  return connect({ ...settingsFor(service.connection.settings.armEndpoint, key), apiKey: key });
}

test("keeps status and code of a refusal, and puts what to do in front", async () => {
  const { openai } = await indiscreetService(401);
  const asking = openai.models.list();
  await expect(asking).rejects.toMatchObject({ status: 401, code: "401" });
  await expect(asking).rejects.toThrow(
    /^The key is refused: AZURE_OPENAI_KEY.*\n\(The service says: 401 Access denied/,
  );
});

test.each([400, 401, 403, 404, 422])(
  "shows the key in no error, however it is printed, and whoever repeats it with status %i",
  async (status) => {
    const connection = await indiscreetService(status);
    const path = await writeProblems(service?.folder as string, "training.jsonl", 1);
    const tries = [
      () => connection.openai.models.list(),
      () => uploadFile(connection, path),
      () => submitJob(connection, tinyRecipe("file-1", "file-2")),
      () => watchJob(connection, "ftjob-1"),
      () => deployModel(connection, { name: "rft-math", model: "o4-mini-2025-04-16.ft-1" }),
      () => connection.deployments.list(),
    ];
    for (const attempt of tries) {
      const error = await Promise.resolve(attempt()).then(
        () => undefined,
        (reason: unknown) => reason as Error,
      );
      if (!error) continue;
      const printed = [
        inspect(error, { depth: 9, showHidden: false }),
        JSON.stringify(error),
        String(error),
        error.stack,
      ];
      expect(printed.join()).not.toContain(key);
    }
  },
);

test("writes the key into no log, however talkative the clients are made", async () => {
  const script = `
    const { connect } = require("./dist/connect/connect.js");
    const { loadSettings } = require("./dist/connect/settings.js");
    connect(loadSettings()).then(async (connection) => {
      await connection.openai.files.list();
      await connection.openai.files.retrieve("file-0").catch(console.error);
      await connection.deployments.list();
      console.log(connection, JSON.stringify(connection));
    });`;
  const stateDir = await mkdtemp(join(tmpdir(), "logs-"));
  const emulator = await startEmulator({ stateDir, apiKey: key });
  const env = {
    ...process.env,
    OPENAI_LOG: "debug",
    AZURE_LOG_LEVEL: "verbose",
    AZURE_AI_PROJECT_ENDPOINT: emulator.projectEndpoint,
    AZURE_ARM_ENDPOINT: emulator.armEndpoint,
    AZURE_OPENAI_KEY: key,
    AZURE_SUBSCRIPTION_ID: "sub",
    AZURE_RESOURCE_GROUP: "group",
    AZURE_AOAI_ACCOUNT: "account",
    MODEL_NAME: "o4-mini-2025-04-16",
  };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["-e", script], { env, cwd: projectRoot });
  await emulator.close();
  await rm(stateDir, { recursive: true });
  expect(stdout + stderr).toMatch(/sending request[\s\S]*file-0[\s\S]*backend: 'azure'/);
  expect(stdout + stderr).not.toContain(key);
});

test("passes on what signing in says as it is", async () => {
  process.env.AZURE_TOKEN_CREDENTIALS = "EnvironmentCredential";
  const settings = settingsFor("https://res.openai.azure.com", key);
  const { openai, deployments } = await connect({ ...settings, apiKey: null });
  await expect(openai.files.list()).rejects.toThrow(UserError);
  await expect(deployments.list()).rejects.toThrow(/az login/);
});

const azure = settingsFor("https://res.openai.azure.com", "key");

test("ends the run on Azure unless paid steps are allowed, and says how to allow them", () => {
  const settings = { ...azure, runPaidJobs: false };
  expect(() => requirePaidJobs({ settings }, "Training")).toThrow(RunEndsHere);
  expect(() => requirePaidJobs({ settings }, "Training")).toThrow(/^Training costs money.*RUN_PAID_JOBS=true/);
});

test("lets the run go on where they are allowed, and always on the local backend", () => {
  requirePaidJobs({ settings: azure }, "Training");
  requirePaidJobs({ settings: { ...azure, backend: "local", runPaidJobs: false } }, "Training");
});
