import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FileObject, ListPage } from "../../../dist/service/wire.js";
import { type Running, run, trainingLines, upload } from "../harness.js";

let running: Running;
beforeAll(async () => {
  running = await run();
});
afterAll(() => running.close());

describe("uploading a file", () => {
  test("answers at once with a pending file and processes it afterwards", async () => {
    const content = trainingLines(12);
    const file = await toFile(Buffer.from(content), "train.jsonl");
    const { data, response } = await running.client.files.create({ purpose: "fine-tune", file }).withResponse();
    expect(data).toMatchObject({ object: "file", status: "pending", filename: "train.jsonl", bytes: content.length });
    expect(data.id).toMatch(/^file-[0-9a-f]{32}$/);
    expect(Number(response.headers.get("openai-poll-after-ms"))).toBeGreaterThan(0);
    expect(await upload(running.client, content)).toMatchObject({ status: "processed", status_details: null });
  });

  test("returns the content as it was sent, whatever the name", async () => {
    const content = trainingLines(10).replaceAll("\n", "\r\n");
    const { id } = await upload(running.client, content, "../../o'clock \u00e9.jsonl");
    expect(await (await running.client.files.content(id)).text()).toBe(content);
  });

  test("gives no name that a client sends to the file system", async () => {
    const folder = await mkdtemp(join(tmpdir(), "emulator-"));
    const other = await run({ stateDir: folder });
    const names = ["../../../escaped", "/tmp/escaped", "..\\escaped", "CON", "x".repeat(5000)];
    for (const name of names) await upload(other.client, trainingLines(10), name);
    for (const id of ["..%2Fdeployments%2F00000001.json", "%2e%2e/deployments/00000001.json"]) {
      expect((await other.send(`/openai/v1/files/${id}/content`)).status).toBe(404);
    }
    expect(await readdir(join(folder, "uploads"))).toHaveLength(names.length);
    for (const name of await readdir(join(folder, "uploads"))) expect(name).toMatch(/^file-[0-9a-f]{32}$/);
    await other.close();
  });

  test("keeps an expiry within the service's bounds", async () => {
    const create = async (seconds: number) =>
      running.client.files.create({
        purpose: "fine-tune",
        file: await toFile(Buffer.from(trainingLines(10)), "x"),
        expires_after: { anchor: "created_at", seconds },
      });
    const { created_at, expires_at } = await create(1_209_600);
    expect(expires_at).toBe(created_at + 1_209_600);
    await expect(create(60)).rejects.toMatchObject({ status: 400, param: "expires_after[seconds]" });
  });

  test("takes files larger than any other request", async () => {
    const content = trainingLines(10).replaceAll("Solve the problem.", "x".repeat(1_000_000));
    const file = await upload(running.client, content);
    expect(file).toMatchObject({ status: "processed", bytes: content.length });
  });

  test("takes text with a byte order mark", async () => {
    expect(await upload(running.client, `\ufeff${trainingLines(10)}`)).toMatchObject({ status: "processed" });
  });

  test("ends in an error that names line and key where a line is wrong", async () => {
    const lines = trainingLines(12).split("\n");
    lines[2] = '{"messages":[{"role":"user","content":"What?"}],"source":"x"}';
    lines[6] = "not json";
    const { status, status_details } = await upload(running.client, lines.join("\n"));
    expect(status).toBe("error");
    expect(status_details).toMatch(/line 3: "answer" is missing/);
    expect(status_details).toMatch(/line 7 is not a JSON object/);
  });

  test("counts the faults that it does not list", async () => {
    const { status_details } = await upload(running.client, "nonsense\n".repeat(30));
    expect(status_details).toMatch(/line 5 .*; and 25 more faults\./);
  });

  test("says where text is not UTF-8", async () => {
    const content = Buffer.concat([Buffer.from(trainingLines(3)), Buffer.from([0xff, 0x0a])]);
    const { id } = await running.client.files.create({ purpose: "fine-tune", file: await toFile(content, "x.jsonl") });
    const file = await running.client.files.waitForProcessing(id, { pollInterval: 10 });
    expect(file).toMatchObject({ status: "error", status_details: expect.stringMatching(/not UTF-8/) });
  });

  test("ends in an error where a line is longer than any prompt", async () => {
    const { status, status_details } = await upload(running.client, `${"x".repeat(4_000_001)}\n${trainingLines(10)}`);
    expect(status).toBe("error");
    expect(status_details).toMatch(/line 1 is longer than 4000000 bytes/);
  });

  test("refuses other purposes and requests without a file", async () => {
    const file = await toFile(Buffer.from("x"), "x");
    await expect(running.client.files.create({ purpose: "batch", file })).rejects.toMatchObject({
      status: 400,
      param: "purpose",
    });
    const form = new FormData();
    form.append("purpose", "fine-tune");
    const response = await running.send("/openai/v1/files", { method: "POST", body: form });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: "file" } });
  });

  const purpose = '--b\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n';
  const file = (name: string) => `--b\r\ncontent-disposition: form-data; name="file"${name}\r\n\r\n{}\r\n`;
  test.each([
    ["no boundary", "multipart/form-data", `${purpose}${file('; filename="a"')}--b--\r\n`],
    ["another boundary", "multipart/form-data; boundary=c", `${purpose}${file('; filename="a"')}--b--\r\n`],
    ["no end", "multipart/form-data; boundary=b", `${purpose}${file('; filename="a"')}`],
    ["a file without a name", "multipart/form-data; boundary=b", `${purpose}${file("")}--b--\r\n`],
    ["nothing", "multipart/form-data; boundary=b", ""],
  ])("refuses a form with %s as the client's fault, and keeps nothing of it", async (_, type, body) => {
    const before = await running.client.files.list();
    const headers = { "content-type": type };
    const response = await running.send("/openai/v1/files", { method: "POST", body: Buffer.from(body), headers });
    expect(response.status).toBe(400);
    expect((await running.client.files.list()).data).toEqual(before.data);
  });
});

describe("listing files", () => {
  test("says that there is more on every page but the last, be that one full or not", async () => {
    const other = await run();
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) ids.unshift((await upload(other.client, trainingLines(10))).id);
    for (const [limit, sizes] of [
      [1, [1, 1, 1, 1]],
      [2, [2, 2]],
      [3, [3, 1]],
      [4, [4]],
      [5, [4]],
    ] as const) {
      const pages: ListPage<FileObject>[] = [];
      do {
        const after = pages.length === 0 ? "" : `&after=${pages.at(-1)?.last_id}`;
        pages.push(
          (await (await other.send(`/openai/v1/files?limit=${limit}${after}`)).json()) as ListPage<FileObject>,
        );
      } while (pages.at(-1)?.has_more);
      expect(pages.map(({ data }) => data.length)).toEqual(sizes);
      expect(pages.flatMap(({ data }) => data.map(({ id }) => id))).toEqual(ids);
    }
    await other.close();
  });

  test("gives pages, the newest first, of the purpose that is asked for", async () => {
    const first = await upload(running.client, trainingLines(10), "first.jsonl");
    const second = await upload(running.client, trainingLines(10), "second.jsonl");
    const page = await running.client.files.list({ purpose: "fine-tune", limit: 1 });
    expect(page.data.map(({ id }) => id)).toEqual([second.id]);
    expect(page.hasNextPage()).toBe(true);
    expect((await page.getNextPage()).data.map(({ id }) => id)).toEqual([first.id]);
    expect((await running.client.files.list({ purpose: "fine-tune-results" })).data).toEqual([]);
  });

  test("turns the order round on request", async () => {
    const newestFirst = (await running.client.files.list({ limit: 100 })).data.map(({ id }) => id);
    const oldestFirst = (await running.client.files.list({ limit: 100, order: "asc" })).data.map(({ id }) => id);
    expect(oldestFirst).toEqual(newestFirst.reverse());
    await expect(running.client.files.list({ order: "up" as "asc" })).rejects.toMatchObject({ param: "order" });
  });

  test("refuses to continue after an unknown file", async () => {
    await expect(running.client.files.list({ after: "file-x" })).rejects.toMatchObject({ status: 400, param: "after" });
  });
});

test("an account holds 100 files", async () => {
  const other = await run();
  const ids = [];
  for (let i = 0; i < 100; i++) ids.push((await upload(other.client, trainingLines(10, i))).id);
  await expect(upload(other.client, trainingLines(10))).rejects.toMatchObject({ status: 400, code: "quotaExceeded" });
  await other.client.files.delete(ids[0] as string);
  await expect(upload(other.client, trainingLines(10))).resolves.toBeTruthy();
  await other.close();
});

describe("deleting a file", () => {
  test("removes the file and its content", async () => {
    const { id } = await upload(running.client, trainingLines(10));
    expect(await running.client.files.delete(id)).toEqual({ id, object: "file", deleted: true });
    await expect(running.client.files.retrieve(id)).rejects.toMatchObject({ status: 404, code: "notFound" });
    await expect(running.client.files.content(id)).rejects.toMatchObject({ status: 404 });
  });
});
