/**
 * Services for the tests of this room: the real emulator over a folder of its own, and small servers for what it cannot do.
 * @module
 */
import { mkdtempSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fastify, { type FastifyInstance } from "fastify";
import { type Connection, connect } from "../../dist/connect/connect.js";
import type { Settings } from "../../dist/connect/settings.js";
import { startEmulator } from "../../dist/emulator/emulator.js";
import { uploadFile } from "../../dist/job/files.js";
import type { JobRecipe } from "../../dist/job/submit.js";
import type { StringCheckGrader } from "../../dist/service/graders.js";

/** A service under test. */
export interface TestService {
  connection: Connection;
  /** A folder for the test's own files. */
  folder: string;
  close(): Promise<void>;
}

/** Settings of an Azure at `origin`, where paid steps are allowed. */
export function settingsFor(origin: string, apiKey: string): Settings {
  return {
    backend: "azure",
    projectEndpoint: null,
    openaiEndpoint: `${origin}/openai/v1/`,
    armEndpoint: origin,
    apiKey,
    openaiScope: "https://ai.azure.com/.default",
    subscriptionId: "sub",
    resourceGroup: "group",
    account: "account",
    modelName: "o4-mini-2025-04-16",
    baseDeployment: "o4-mini",
    deploymentSku: "GlobalStandard",
    deploymentCapacity: 50,
    trainingDataDir: "",
    emulatorStateDir: "",
    runPaidJobs: true,
    ignoredKeys: [],
  };
}

/** The emulator, connected to as if it were Azure. */
export async function emulatorService(): Promise<TestService> {
  const folder = mkdtempSync(join(tmpdir(), "job-"));
  const emulator = await startEmulator({ stateDir: join(folder, "state") });
  const connection = await connect(settingsFor(emulator.armEndpoint, emulator.apiKey));
  const close = async (): Promise<void> => {
    await emulator.close();
    await rm(folder, { recursive: true });
  };
  return { connection, folder, close };
}

/** A server with the given routes: the data plane lies under `/openai/v1`, the control plane at the root. */
export async function smallService(routes: (app: FastifyInstance) => void): Promise<TestService> {
  const folder = mkdtempSync(join(tmpdir(), "job-"));
  const app = fastify({ forceCloseConnections: true });
  routes(app);
  const connection = await connect(settingsFor(await app.listen({ host: "127.0.0.1", port: 0 }), "key"));
  const close = async (): Promise<void> => {
    await app.close();
    await rm(folder, { recursive: true });
  };
  return { connection, folder, close };
}

/** Writes an RFT file of `count` additions, beginning with `first` + 1, and returns its path. */
export async function writeProblems(folder: string, name: string, first: number, count = 12): Promise<string> {
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      messages: [{ role: "user", content: `Compute $${first} + ${index + 1}$.` }],
      answer: String(first + index + 1),
    }),
  );
  const path = join(folder, name);
  await writeFile(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

/** A recipe over two small uploads that the emulator trains in about a second: three steps, evaluated at the second and the last. */
export async function quickRecipe({ connection, folder }: TestService): Promise<JobRecipe> {
  const training = await uploadFile(connection, await writeProblems(folder, "training.jsonl", 10));
  const validation = await uploadFile(connection, await writeProblems(folder, "validation.jsonl", 40));
  return {
    name: "math",
    trainingFile: training.id,
    validationFile: validation.id,
    grader: {
      type: "multi",
      name: "reward",
      graders: {
        format: contains("format", "boxed"),
        correctness: contains("correctness", "{{item.answer}}"),
      },
      calculate_output: "0.1 * format + 0.9 * correctness",
    },
    hyperparameters: { batch_size: 4, n_epochs: 1, eval_interval: 2, eval_samples: 1, compute_multiplier: 0.5 },
    seed: 1,
  };
}

/** The smallest job: two steps, evaluated at each. */
export function tinyRecipe(trainingFile: string, validationFile: string): JobRecipe {
  return {
    name: "math",
    trainingFile,
    validationFile,
    grader: contains("correctness", "{{item.answer}}"),
    hyperparameters: { batch_size: 5, n_epochs: 1, eval_interval: 1, eval_samples: 1, compute_multiplier: 0.25 },
    seed: 1,
  };
}

/** Graders that need no Python, so that the tests start no sandbox. */
function contains(name: string, reference: string): StringCheckGrader {
  return { type: "string_check", name, operation: "like", input: "{{sample.output_text}}", reference };
}
