import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { replaceFile } from "../../dist/util/files.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "atomic-write-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a file is made, then replaced, and nothing stays beside it", async () => {
  const path = join(folder, "a.txt");
  await replaceFile(path, "first");
  await replaceFile(path, new Uint8Array([104, 105]));
  expect(await readFile(path, "utf8")).toBe("hi");
  expect(await readdir(folder)).toEqual(["a.txt"]);
});

test("writers at the same time leave one whole file", async () => {
  const path = join(folder, "a.txt");
  const contents = ["a", "b", "c", "d"].map((letter) => letter.repeat(100_000));
  await Promise.all(contents.map((content) => replaceFile(path, content)));
  expect(contents).toContain(await readFile(path, "utf8"));
  expect(await readdir(folder)).toEqual(["a.txt"]);
});

test("a failure leaves what was there", async () => {
  const path = join(folder, "taken");
  await rm(join(folder, "a.txt"));
  await writeFile(path, "a file, not a folder");
  await expect(replaceFile(join(path, "b.txt"), "text")).rejects.toThrow(/ENOTDIR/);
  await expect(replaceFile(join(folder, "missing", "b.txt"), "text")).rejects.toThrow(/ENOENT/);
  await expect(replaceFile(folder, "text")).rejects.toThrow();
  expect(await readdir(folder)).toEqual(["taken"]);
  expect(await readFile(path, "utf8")).toBe("a file, not a folder");
});
