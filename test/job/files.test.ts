import { stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { uploadFile } from "../../dist/job/files.js";
import { deleteResources } from "../../dist/job/manage.js";
import { hashFile } from "../../dist/util/hash.js";
import { emulatorService, smallService, type TestService, writeProblems } from "./service.js";

describe("uploadFile", () => {
  let service: TestService;

  beforeAll(async () => {
    service = await emulatorService();
  });

  afterAll(() => service.close());

  test("uploads a file under its content's hash, and takes it again the next time", async () => {
    const path = await writeProblems(service.folder, "training.jsonl", 10);
    const steps: unknown[] = [];
    const first = await uploadFile(service.connection, path, { onProgress: (progress) => steps.push(progress) });
    expect(first).toMatchObject({ filename: expect.stringMatching(/^training-[0-9a-f]{16}\.jsonl$/), reused: false });
    expect(steps).toEqual([1, 2, 3].map((done) => ({ done, total: 3 })));
    expect(await uploadFile(service.connection, path)).toEqual({ ...first, reused: true });
  });

  test("uploads anew what has changed, and what was deleted there", async () => {
    const path = await writeProblems(service.folder, "changing.jsonl", 20);
    const before = await uploadFile(service.connection, path);
    await writeProblems(service.folder, "changing.jsonl", 30);
    const after = await uploadFile(service.connection, path);
    expect(after.filename).not.toBe(before.filename);
    await deleteResources(service.connection, [after.id]);
    expect(await uploadFile(service.connection, path)).toMatchObject({ filename: after.filename, reused: false });
  });

  test("passes on what the service found wrong with a file", async () => {
    const path = join(service.folder, "wrong.jsonl");
    await writeFile(path, '{"messages":[{"role":"assistant","content":"4"}],"answer":"4"}\n');
    await expect(uploadFile(service.connection, path)).rejects.toThrow(/wrong\.jsonl.*line 1.*user's message/);
  });

  test("says which file is missing", async () => {
    await expect(uploadFile(service.connection, "nowhere.jsonl")).rejects.toThrow(/nowhere\.jsonl cannot be read/);
  });

  test("does not begin to upload what is above the service's limit", async () => {
    const path = join(service.folder, "large.jsonl");
    await writeFile(path, "");
    await truncate(path, 512_000_001);
    await expect(uploadFile(service.connection, path)).rejects.toThrow(/513 MB; the service takes 512 MB/);
  });
});

test("explains a refused upload by the limit that it meets", async () => {
  const held = { filename: "old.jsonl", bytes: 4_000_000, status: "processed" };
  const files = Array.from({ length: 100 }, (_, index) => ({ ...held, id: `file-${index}` }));
  const { connection, folder, close } = await smallService((app) => {
    app.addContentTypeParser("multipart/form-data", (_request, payload, done) => {
      payload.resume().once("end", () => done(null));
    });
    app.get("/openai/v1/files", async () => ({ data: files, has_more: false }));
    app.post("/openai/v1/files", async (_request, reply) =>
      reply.status(400).send({ error: { code: "quotaExceeded", message: "Too many files." } }),
    );
  });
  const path = await writeProblems(folder, "training.jsonl", 10);
  await expect(uploadFile(connection, path)).rejects.toThrow(
    /Too many files.*\n.*100 files of 400 MB; it takes 100, of 1000 MB/,
  );
  files.length = 3;
  await expect(uploadFile(connection, path)).rejects.toThrow(/\nIts size is 1 MB; the service takes 512 MB a file/);
  await close();
});

test("sends no content twice where the answer is lost: it looks for the file first", async () => {
  const files: object[] = [];
  let uploads = 0;
  let filename = "";
  const { connection, folder, close } = await smallService((app) => {
    app.addContentTypeParser("multipart/form-data", (_request, payload, done) => {
      payload.resume().once("end", () => done(null));
    });
    app.get("/openai/v1/files", async () => ({ data: files, has_more: false }));
    app.get("/openai/v1/files/file-1", async () => files[0]);
    app.post("/openai/v1/files", (request) => {
      uploads += 1;
      files.push({ id: "file-1", filename, bytes, status: "processed" });
      request.raw.socket.destroy();
    });
  });
  const path = await writeProblems(folder, "training.jsonl", 10);
  const { size: bytes } = await stat(path);
  filename = `training-${(await hashFile(path)).slice(0, 16)}.jsonl`;
  expect(await uploadFile(connection, path)).toMatchObject({ id: "file-1", reused: false });
  expect(await uploadFile(connection, path)).toMatchObject({ id: "file-1", reused: true });
  expect(uploads).toBe(1);
  await close();
});

test("waits for a file that an earlier run uploaded and did not wait for, not for one that is cut off or refused", async () => {
  const answers = ["pending", "running", "processed"];
  let file: object = {};
  const { connection, folder, close } = await smallService((app) => {
    app.get("/openai/v1/files", async () => ({
      data: [{ ...file, id: "file-cut-off", bytes: 7 }, { ...file, id: "file-refused", status: "error" }, file],
      has_more: false,
    }));
    app.get("/openai/v1/files/file-1", async (_request, reply) =>
      reply.header("openai-poll-after-ms", 1).send({ ...file, status: answers.shift() }),
    );
  });
  const path = await writeProblems(folder, "training.jsonl", 10);
  const hash = (await hashFile(path)).slice(0, 16);
  file = { id: "file-1", filename: `training-${hash}.jsonl`, bytes: (await stat(path)).size, status: "pending" };
  expect(await uploadFile(connection, path)).toMatchObject({ id: "file-1", reused: true });
  expect(answers).toEqual([]);
  await close();
});
