import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type DownloadOptions, downloadShards } from "../../dist/data/download-shards.js";
import { NetworkError, UserError } from "../../dist/util/errors.js";
import { sha256 } from "../../dist/util/hash.js";
import { hurryWaits } from "../hurried-waits.js";
import { startHub, type TestHub } from "./hub-server.js";
import { temporaryFolder } from "./shards.js";

const names = [0, 1, 2].map((i) => `train-0000${i}-of-00003.parquet`);
const [first = "", second = "", third = ""] = names;
const shards = new Map(names.map((name) => [name, randomBytes(300_000)]));
const bytesOf = (name: string): Buffer => shards.get(name) as Buffer;

hurryWaits(10_000);

let hub: TestHub;
let outputDir: string;
beforeEach(async () => {
  hub = await startHub(shards);
  outputDir = await temporaryFolder();
});
afterEach(() => hub.close());

function download(options: Partial<DownloadOptions> = {}): Promise<unknown> {
  return downloadShards({ endpoint: hub.endpoint, outputDir, shards: 1, ...options });
}

/** The message of the error for people with which the download ends. */
async function refusal(options: Partial<DownloadOptions> = {}): Promise<string> {
  const error: unknown = await download(options).catch((thrown: unknown) => thrown);
  expect(error instanceof UserError || error instanceof NetworkError).toBe(true);
  return (error as Error).message;
}

async function expectWhole(name: string): Promise<void> {
  expect(sha256(await readFile(join(outputDir, name)))).toBe(sha256(bytesOf(name)));
  expect(await readFile(join(outputDir, `${name}.sha256`), "utf8")).toBe(`${sha256(bytesOf(name))}  ${name}\n`);
}

describe("a download", () => {
  test("takes the first shards, each with its checksum beside it, and leaves nothing else", async () => {
    const progress: number[] = [];
    const done: [string, boolean][] = [];
    await download({
      shards: 2,
      onProgress: (_, bytes) => progress.push(bytes),
      onDone: ({ name }, isNew) => done.push([name, isNew]),
    });
    expect((await readdir(outputDir)).sort()).toEqual([first, `${first}.sha256`, second, `${second}.sha256`]);
    await expectWhole(first);
    await expectWhole(second);
    expect(done).toEqual([
      [first, true],
      [second, true],
    ]);
    expect([Math.min(...progress), Math.max(...progress)]).toEqual([0, 300_000]);
  });

  test("takes all shards on request, and makes the folder", async () => {
    outputDir = join(outputDir, "new", "folder");
    await download({ shards: Number.POSITIVE_INFINITY });
    for (const name of names) await expectWhole(name);
  });

  test("reads from a mirror under a path, with or without a slash at its end", async () => {
    const mirror = await startHub(shards, "/mirror/hub");
    await download({ endpoint: `${mirror.endpoint}/` }).finally(mirror.close);
    await expectWhole(first);
  });

  test("sends the token", async () => {
    hub.faults.token = "hf_secret";
    await download({ accessToken: "hf_secret" });
    await expectWhole(first);
  });
});

describe("a shard that is there already", () => {
  test("is not fetched again, and gets its checksum", async () => {
    await writeFile(join(outputDir, first), bytesOf(first));
    const done: boolean[] = [];
    await download({ onDone: (_, isNew) => done.push(isNew) });
    expect({ done, ranges: hub.ranges }).toEqual({ done: [false], ranges: [] });
    await expectWhole(first);
  });

  test.each([
    ["of another length", Buffer.from("PAR1")],
    ["with a flipped bit", Buffer.from(bytesOf(first)).fill(bytesOf(first).readUInt8(7) ^ 1, 7, 8)],
  ])("but %s is replaced, once the whole new one has arrived", async (_, damaged) => {
    await writeFile(join(outputDir, first), damaged);
    hub.faults.cuts = [1000, 1000, 1000, 0, 0, 0, 0, 0];
    expect(await refusal()).toMatch(/cannot be reached/);
    expect(sha256(await readFile(join(outputDir, first)))).toBe(sha256(damaged));
    await download();
    await expectWhole(first);
  });
});

describe("a connection that breaks", () => {
  test("is continued where it broke", async () => {
    const reasons: string[] = [];
    hub.faults.cuts = [100_000];
    await download({ onRetry: (reason) => reasons.push(reason) });
    await expectWhole(first);
    expect(hub.ranges[0]).toBe(`${first} bytes=0-`);
    expect(hub.ranges[1]).toMatch(/ bytes=[1-9]\d+-$/);
    expect(reasons).toHaveLength(1);
  });

  test("may break any number of times, as long as something arrives in between", async () => {
    hub.faults.cuts = Array.from({ length: 10 }, () => 20_000);
    await download();
    await expectWhole(first);
    expect(hub.ranges).toHaveLength(11);
  });

  test("ends the run after some attempts that bring nothing, and the next run continues", async () => {
    hub.faults.cuts = [100_000, 0, 0, 0, 0, 0];
    expect(await refusal()).toMatch(/^http:\S+ cannot be reached .* next run continues where this one ends\.$/);
    const { size } = await stat(join(outputDir, `${first}.partial`));
    expect(await readdir(outputDir)).toEqual([`${first}.partial`]);
    await download();
    expect(hub.ranges.at(-1)).toBe(`${first} bytes=${size}-`);
    await expectWhole(first);
    expect(await readdir(outputDir)).not.toContain(`${first}.partial`);
  });
});

describe("what an earlier run left", () => {
  test("is finished without a request where nothing is missing", async () => {
    await writeFile(join(outputDir, `${first}.partial`), bytesOf(first));
    await download();
    expect(hub.ranges).toEqual([]);
    await expectWhole(first);
  });

  test.each([
    ["the beginning of another file", randomBytes(50_000)],
    ["longer than the shard", randomBytes(300_001)],
  ])("is given up where it is %s", async (_, left) => {
    await writeFile(join(outputDir, `${first}.partial`), left);
    await download();
    await expectWhole(first);
  });
});

test("bytes with another checksum are not kept, and the message says what to do", async () => {
  hub.faults.sent.set(first, randomBytes(300_000));
  expect(await refusal()).toMatch(
    /^train-00000-of-00003\.parquet arrived with another SHA-256 .* Run the command again/,
  );
  expect(await readdir(outputDir)).toEqual([]);
});

test("a shard that stops short ends the run, and so does one that never ends", async () => {
  hub.faults.sent.set(first, bytesOf(first).subarray(0, 200_000));
  expect(await refusal()).toMatch(/answers with status 416\. .*name another endpoint/);
  hub.faults.sent.set(second, Buffer.concat([bytesOf(second), randomBytes(10)]));
  hub.faults.sent.delete(first);
  await download({ shards: 2 });
  await expectWhole(second);
});

test("faults of the hub that pass by themselves are waited for", async () => {
  hub.faults.statuses = [503, 429];
  const reasons: string[] = [];
  await download({ onRetry: (reason, delay) => reasons.push(`${reason}, ${delay}`) });
  await expectWhole(first);
  expect(reasons).toEqual(["status 503, 1", "status 429, 2"]);
});

describe("the run ends with what to do where", () => {
  test("the hub keeps failing", async () => {
    hub.faults.statuses = [500, 502, 500, 502, 500, 503];
    expect(await refusal()).toMatch(/answers with status 503\. Run the command again later/);
  });

  test("nobody is at the endpoint, without waiting", async () => {
    const gone = await startHub(shards);
    await gone.close();
    const retries: string[] = [];
    const message = await refusal({ endpoint: gone.endpoint, onRetry: (reason) => retries.push(reason) });
    expect(message).toMatch(/cannot be reached \(ECONNREFUSED\)\. Check the network, or name a mirror with --endpoint/);
    expect(retries).toEqual([]);
  });

  test("the endpoint has no such dataset", async () => {
    expect(await refusal({ endpoint: `${hub.endpoint}/elsewhere` })).toMatch(/status 404\)\. Check the address/);
  });

  test("access is refused, without or with a token, and the token is not told", async () => {
    hub.faults.token = "hf_right";
    expect(await refusal()).toMatch(/refuses access .*\(status 401\)\. The dataset is public .* set HF_TOKEN/);
    const message = await refusal({ accessToken: "hf_wrong" });
    expect(message).toMatch(/token in HF_TOKEN may have expired/);
    expect(message).not.toContain("hf_wrong");
  });

  test("the folder lists no shards", async () => {
    const empty = await startHub(new Map());
    expect(await refusal({ endpoint: empty.endpoint }).finally(empty.close)).toMatch(/lists no shards with checksums/);
  });

  test("the endpoint serves no parts of files, or is no hub but a page for people", async () => {
    hub.faults.ignoresRanges = true;
    expect(await refusal()).toMatch(/does not serve parts of files\. Name another endpoint/);
    hub.faults.statuses = [200];
    expect(await refusal()).toMatch(/does not answer as the hub does .* Name another endpoint/);
  });

  test.each(["nowhere", "ftp://127.0.0.1", "https://me:secret@127.0.0.1"])("the endpoint is %s", async (endpoint) => {
    const message = await refusal({ endpoint });
    expect(message).toMatch(/^The endpoint must be an address such as/);
    expect(message).not.toContain("secret");
  });

  test("the token is none", async () => {
    expect(await refusal({ accessToken: "secret" })).toMatch(/^HF_TOKEN does not hold a token(?!.*secret)/);
  });

  test("the folder cannot be written", async () => {
    await writeFile(join(outputDir, "file"), "");
    expect(await refusal({ outputDir: join(outputDir, "file") })).toMatch(/cannot be written .* --output_dir/);
    await mkdir(join(outputDir, `${third}.partial`));
    expect(await refusal({ shards: 3 })).toMatch(/cannot be written \(EISDIR/);
    await expectWhole(second);
  });
});

test("stopping keeps what has arrived, and says so with the reason it is given", async () => {
  const controller = new AbortController();
  hub.faults.silentAfter = 100_000;
  const stopped = refusal({
    signal: controller.signal,
    onProgress: (_, bytes) => bytes === 100_000 && controller.abort(new UserError("Stopped.")),
  });
  expect(await stopped).toBe("Stopped.");
  expect((await stat(join(outputDir, `${first}.partial`))).size).toBe(100_000);
  hub.faults.silentAfter = null;
  await download();
  expect(hub.ranges).toEqual([`${first} bytes=0-`, `${first} bytes=100000-`]);
  await expectWhole(first);
});
