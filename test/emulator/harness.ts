/** What the tests of the emulator share: one over a folder of its own, and small training files. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CognitiveServicesManagementClient, type Deployment } from "@azure/arm-cognitiveservices";
import { createDefaultHttpClient, type HttpClient } from "@azure/core-rest-pipeline";
import OpenAI, { toFile } from "openai";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../dist/emulator/emulator.js";
import type { PythonGrader, StringCheckGrader } from "../../dist/service/graders.js";
import { type CreateJobRequest, type FineTuningJob, isFinal } from "../../dist/service/jobs.js";
import { armOrigin, type FileObject } from "../../dist/service/wire.js";

export interface Running {
  emulator: Emulator;
  client: OpenAI;
  /** A request with the key and JSON, or a form, for what the SDK would not send. */
  send(path: string, options?: RequestInit): Promise<Response>;
  /** Ends the emulator and starts another one over the same folder. */
  restart(): Promise<Running>;
  close(): Promise<void>;
}

/** An emulator, over an empty folder unless told; `close` removes the folder. */
export async function run(options: Partial<EmulatorOptions> = {}): Promise<Running> {
  const folder = options.stateDir ?? (await mkdtemp(join(tmpdir(), "emulator-")));
  const emulator = await startEmulator({ ...options, stateDir: folder });
  const { apiKey, armEndpoint } = emulator;
  return {
    emulator,
    client: new OpenAI({ baseURL: emulator.baseUrl, apiKey, maxRetries: 0 }),
    send: (path, options) =>
      fetch(`${armEndpoint}${path}`, {
        ...options,
        headers: {
          "api-key": apiKey,
          ...(typeof options?.body === "string" ? { "content-type": "application/json" } : {}),
          ...options?.headers,
        },
      }),
    restart: async () => {
      await emulator.close();
      return run({ ...options, stateDir: folder });
    },
    close: async () => {
      await emulator.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** The resource group and the account of the tests; the emulator is every account. */
export const account = ["group", "account"] as const;

/**
 * The package of Azure for deployments, which refuses plain http, over a client that sends to the emulator
 * all the same.
 */
export function armClient({ emulator: { armEndpoint, apiKey } }: Running): CognitiveServicesManagementClient {
  const getToken = async () => ({ token: apiKey, expiresOnTimestamp: Date.now() + 3_600_000 });
  const http = createDefaultHttpClient();
  const sendRequest: HttpClient["sendRequest"] = (request) => {
    request.url = request.url.replace(armOrigin, armEndpoint);
    request.allowInsecureConnection = true;
    return http.sendRequest(request);
  };
  const options = { endpoint: armOrigin, httpClient: { sendRequest }, retryOptions: { maxRetries: 0 } };
  return new CognitiveServicesManagementClient({ getToken }, "sub", options);
}

/** Deploys a model, a base model unless told, and waits for the operation's end. */
export function deploy(running: Running, name: string, model = "o4-mini", sku = "Standard"): Promise<Deployment> {
  const version = model === "o4-mini" ? "2025-04-16" : "1";
  const properties = { model: { format: "OpenAI", name: model, version } };
  const wanted = { sku: { name: sku, capacity: 1 }, properties };
  return armClient(running).deployments.beginCreateOrUpdateAndWait(...account, name, wanted, { updateIntervalInMs: 1 });
}

/** Sums within the model's reach, as the lines of a training file; `from` keeps files apart. */
export function trainingLines(count: number, from = 0): string {
  const lines = Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      messages: [
        { role: "developer", content: "Solve the problem." },
        { role: "user", content: `What is $${from + i} + 2$?` },
      ],
      answer: String(from + i + 2),
    }),
  );
  return `${lines.join("\n")}\n`;
}

/** Uploads a text and waits for the end of its check. */
export async function upload(client: OpenAI, content: string, name = "train.jsonl"): Promise<FileObject> {
  const { id } = await client.files.create({ purpose: "fine-tune", file: await toFile(Buffer.from(content), name) });
  return until(
    async () => (await client.files.retrieve(id)) as FileObject,
    ({ status }) => status === "processed" || status === "error",
  );
}

/** Pays for the reference answer anywhere in the text; needs no Python, so that jobs start fast. */
export const answerGrader: StringCheckGrader = {
  type: "string_check",
  name: "answer",
  operation: "like",
  input: "{{sample.output_text}}",
  reference: "{{item.answer}}",
};

/** The same in Python. */
export const pythonGrader: PythonGrader = {
  type: "python",
  name: "answer",
  source: 'def grade(sample, item):\n    return 1.0 if item["answer"] in sample["output_text"] else 0.0\n',
};

/** A job of two steps over new files, changed by `changes`. */
export async function jobRequest(client: OpenAI, changes: Partial<CreateJobRequest> = {}): Promise<CreateJobRequest> {
  const [training, validation] = [await upload(client, trainingLines(16)), await upload(client, trainingLines(10, 50))];
  return {
    model: "o4-mini-2025-04-16",
    training_file: training.id,
    validation_file: validation.id,
    trainingType: "GlobalStandard",
    seed: 1,
    method: {
      type: "reinforcement",
      reinforcement: { grader: answerGrader, hyperparameters: { batch_size: 8, eval_interval: 1 } },
    },
    ...changes,
  };
}

/** Creates a job; the SDK's types lack what Azure adds. */
export async function createJob(client: OpenAI, request: object): Promise<FineTuningJob> {
  return (await client.post("/fine_tuning/jobs", { body: request })) as FineTuningJob;
}

/** The job once it will not change any more. */
export function ended(client: OpenAI, id: string): Promise<FineTuningJob> {
  return until(
    async () => (await client.fineTuning.jobs.retrieve(id)) as unknown as FineTuningJob,
    ({ status }) => isFinal(status),
  );
}

/** Asks until the answer is the one that is waited for. */
export async function until<T>(ask: () => Promise<T>, isDone: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isDone(answer)) return answer;
    await delay(10);
  }
}
