/** Odd requests over HTTP, and damages of the state folder, drawn at random from a seed. */
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../dist/util/random.js";
import { type KnownIds, type OddRequest, oddRequest } from "./fuzz.js";
import { type Running, run, trainingLines, upload } from "./harness.js";

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
