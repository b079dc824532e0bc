/** Odd requests over HTTP, and damages of the state folder, drawn at random from a seed. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulator } from "../../dist/emulator/emulator.js";
import { DataError } from "../../dist/util/errors.js";
import { sha256 } from "../../dist/util/hash.js";
import { pick, type Random, seededRandom } from "../../dist/util/random.js";
import { type KnownIds, type OddRequest, oddRequest } from "./fuzz.js";
import {
  answerGrader,
  createJob,
  deploy,
  ended,
  jobRequest,
  type Running,
  run,
  trainingLines,
  until,
  upload,
} from "./harness.js";

/** The soak sends 10,000. */
const requestCount = Number(process.env.HTTP_REQUESTS ?? 300);
const slowMilliseconds = 5000;

/** What is not the client's to see or to cause. */
interface Trouble {
  request: string;
  reply: string;
}

describe("odd requests", () => {
  let running: Running;
  let known: KnownIds;
  const troubles: Trouble[] = [];
  const statuses = new Map<number, number>();
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);

  beforeAll(
    async () => {
      process.on("unhandledRejection", note).on("uncaughtException", note);
      running = await run();
      const [{ id: training }, { id: validation }] = [
        await upload(running.client, trainingLines(10)),
        await upload(running.client, trainingLines(10, 50)),
      ];
      known = { files: [training, validation], jobs: [] };
      const random = seededRandom(1);
      for (let sent = 0; sent < requestCount; sent += 1) {
        const odd = oddRequest(random, known);
        const begin = performance.now();
        const { status, body } = await send(running, odd);
        const milliseconds = performance.now() - begin;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        const trouble = troubleIn(odd, status, body);
        if (trouble !== null || milliseconds > slowMilliseconds)
          troubles.push({
            request: describeRequest(odd),
            reply: `${trouble ?? `${milliseconds} ms`}: ${status} ${body.slice(0, 200)}`,
          });
        const { id, object } = parsed(body) as { id?: string; object?: string };
        if (object === "fine_tuning.job" && id !== undefined && !known.jobs.includes(id)) known.jobs.push(id);
      }
    },
    120_000 + 100 * requestCount,
  );

  afterAll(async () => {
    await running.close();
    process.off("unhandledRejection", note).off("uncaughtException", note);
  });

  test("are answered, none with a 5xx, each refusal with a message in an envelope and without a path of this machine", () => {
    console.log(
      `${requestCount} odd requests: ${[...statuses]
        .sort()
        .map(([status, count]) => `${status} ${count}`)
        .join(", ")}`,
    );
    expect(troubles).toEqual([]);
    // Some get through, most do not.
    expect(statuses.get(200)).toBeGreaterThan(0);
    expect(statuses.get(400)).toBeGreaterThan(requestCount / 5);
  });

  test("leave what was there before, and no error unhandled", async () => {
    for (const [i, id] of known.files.entries())
      expect(await (await running.client.files.content(id)).text()).toBe(trainingLines(10, 50 * i));
    expect(unhandled).toEqual([]);
  });
});

/** Sends it over a socket of its own, as it stands: `fetch` would put things right. */
async function send(
  { emulator }: Running,
  { method, path, headers, body }: OddRequest,
): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(emulator.armEndpoint);
  const sent = httpRequest({
    hostname,
    port,
    method,
    path: path.replaceAll(" ", "+"),
    agent: false,
    headers: { ...headers, "content-length": body.length, "api-key": emulator.apiKey },
  });
  sent.end(body);
  const [reply] = (await once(sent, "response")) as [IncomingMessage];
  return { status: reply.statusCode ?? 0, body: await text(reply) };
}

function troubleIn({ method, path }: OddRequest, status: number, body: string): string | null {
  if (status >= 500) return "a fault of the server";
  if (/\/tmp\/|ENOENT|node:internal|Maximum call stack/.test(body)) return "an inside view";
  if (status < 400 || method === "HEAD") return null;
  const { error } = parsed(body) as { error?: { message?: string } };
  return typeof error?.message === "string" && error.message.length < 3000 ? null : `no message for people at ${path}`;
}

function parsed(body: string): object {
  try {
    return (JSON.parse(body) as object | null) ?? {};
  } catch {
    return {};
  }
}

function describeRequest({ method, path, headers, body }: OddRequest): string {
  return `${method} ${path.slice(0, 200)} ${JSON.stringify(headers)} ${body.toString("latin1").slice(0, 300)}`;
}

/** The soak does 500. */
const damageCount = Number(process.env.DAMAGES ?? 10);

describe("a damaged file of the state folder", () => {
  /** A state with a job that has ended and is deployed, and one that was stopped in its middle. */
  let whole: string;
  let folder: string;
  let expected: Seen;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "damages-"));
    whole = join(folder, "whole");
    const { close } = await makeState(whole);
    await close();
    expected = await seenAfter(await copyOf("expected"));
    expect(expected.tuned).toMatchObject({ status: 200 });
    expect(expected.stopped).toMatchObject({ status: "succeeded", steps: 12 });
  });

  afterAll(() => rm(folder, { recursive: true }));

  async function copyOf(name: string): Promise<string> {
    await cp(whole, join(folder, name), { recursive: true });
    return join(folder, name);
  }

  const random = seededRandom(2);
  test.each(Array.from({ length: damageCount }, (_, i) => i + 1))(
    "costs nothing but itself: damage %i",
    async (number) => {
      const state = await copyOf(String(number));
      const files = await filesIn(state);
      const path = pick(random, [...files.keys()]);
      const [kind, damage] = pick(random, damages);
      const bytes = files.get(path) as Buffer;
      await writeFile(join(state, path), damage(Buffer.from(bytes), random));
      const refusal = await startEmulator({ stateDir: state }).then(
        (emulator) => emulator.close(),
        (error: unknown) => error,
      );
      if (refusal !== undefined) {
        expect(refusal, `${path} ${kind}`).toBeInstanceOf(DataError);
        expect((refusal as Error).message).toMatch(/^\S+ is damaged|^\S+, line \d+ is damaged/);
        expect((refusal as Error).message).toContain(path);
        // Nothing has been touched: a copy of the file is all that it takes.
        const now = await filesIn(state);
        const touched = [...files].filter(([name, content]) => name !== path && !now.get(name)?.equals(content));
        expect(touched.map(([name]) => name)).toEqual([]);
        if (random() < 0.5) await writeFile(join(state, path), bytes);
        else await rename(join(state, path), join(folder, `${number}.moved`));
      }
      const isMoved = refusal !== undefined && !(await filesIn(state)).has(path);
      const seen = await seenAfter(state);
      for (const [name, value] of Object.entries(expected)) {
        const found = JSON.stringify(seen[name as keyof Seen]);
        const isSame = found === JSON.stringify(value);
        if (!isSame && !isMoved) expect(found, `${name} after ${path} ${kind}`).toContain(path);
      }
      // What others can still need is there, wherever it lies now.
      const left = new Set([...(await filesIn(state)).values()].map(sha256));
      for (const [name, content] of files)
        if (name !== path && /uploads|final\.weights/.test(name))
          expect(left.has(sha256(content)), `${name} after ${path} ${kind}`).toBe(true);
      await rm(state, { recursive: true });
    },
  );
});

const damages: [string, (content: Buffer, random: Random) => Buffer][] = [
  ["truncated", (content, random) => content.subarray(0, Math.floor(random() * content.length))],
  ["emptied", () => Buffer.alloc(0)],
  ["zeroed", (content) => content.fill(0)],
  ["replaced", () => Buffer.from("{}")],
  [
    "flipped",
    (content, random) => {
      const at = Math.floor(random() * content.length);
      content[at] = (content[at] as number) ^ (1 << Math.floor(8 * random()));
      return content;
    },
  ],
];

/** All files below a folder but the lock, with their content, by their path from it. */
async function filesIn(folder: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !path.includes("/lock/")) found.set(relative(folder, path), await readFile(path));
  }
  return found;
}

async function makeState(stateDir: string): Promise<{ close(): Promise<void> }> {
  const running = await run({ stateDir });
  const first = await createJob(running.client, await jobRequest(running.client));
  const { fine_tuned_model } = await ended(running.client, first.id);
  await deploy(running, "tuned", `${fine_tuned_model}`);
  const hyperparameters = { batch_size: 4, n_epochs: 3, eval_interval: 3 };
  const method = { type: "reinforcement" as const, reinforcement: { grader: answerGrader, hyperparameters } };
  const second = await createJob(running.client, await jobRequest(running.client, { method }));
  await until(
    async () => existsSync(join(stateDir, "training", second.id, "state.checkpoint")),
    (isThere) => isThere,
  );
  return running.emulator;
}

/** What a client sees, or the refusal that it gets in place of it. */
interface Seen {
  tuned: { status: number; body: unknown };
  files: string[];
  jobs: unknown[];
  stopped: { status: string; error: string; steps: number };
}

async function seenAfter(stateDir: string): Promise<Seen> {
  const { emulator, client, send } = await run({ stateDir });
  try {
    const jobs = (await client.fineTuning.jobs.list()).data;
    const newest = jobs.find(({ method }) => method?.reinforcement?.hyperparameters?.n_epochs === 3);
    const stopped = newest ? await ended(client, newest.id) : undefined;
    const chat = JSON.stringify({ model: "tuned", messages: [{ role: "user", content: "What is $50 + 2$?" }] });
    const headers = { "x-nano-sample": "0" };
    const asked = await send("/openai/v1/chat/completions", { method: "POST", body: chat, headers });
    const { choices, error } = (await asked.json()) as { choices?: object; error?: object };
    const files = (await client.files.list()).data.filter(({ purpose }) => purpose === "fine-tune");
    const events = async (id: string) => (await client.fineTuning.jobs.listEvents(id, { limit: 1000 })).data;
    return {
      tuned: { status: asked.status, body: choices ?? error },
      files: await Promise.all(
        files.map(async ({ id }) => id + (await (await send(`/openai/v1/files/${id}/content`)).text())),
      ),
      jobs: await Promise.all(
        jobs.filter(({ id }) => id !== newest?.id).map(async (job) => [job, await events(job.id)]),
      ),
      stopped: {
        status: stopped?.status ?? "gone",
        error: stopped?.error?.message ?? "",
        steps: stopped ? (await events(stopped.id)).filter(({ type }) => type === "metrics").length : 0,
      },
    };
  } finally {
    await emulator.close();
  }
}
