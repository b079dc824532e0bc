import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect, promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { connect } from "../../dist/connect/connect.js";
import { startEmulator } from "../../dist/emulator/emulator.js";
import { deployModel } from "../../dist/job/deploy.js";
import { uploadFile } from "../../dist/job/files.js";
import { submitJob } from "../../dist/job/submit.js";
import { watchJob } from "../../dist/job/watch.js";
import { projectRoot } from "../../dist/util/assets.js";
import { UserError } from "../../dist/util/errors.js";
import { settingsFor, smallService, type TestService, tinyRecipe, writeProblems } from "../job/service.js";

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
