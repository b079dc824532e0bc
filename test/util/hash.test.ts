import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { hashFile, seal, sha256, unseal } from "../../dist/util/hash.js";

test("text and its UTF-8 bytes have the same SHA-256", () => {
  expect(sha256("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(sha256("√2")).toBe(sha256(Buffer.from("√2", "utf8")));
});

test("a file has the SHA-256 of its content", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hash-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const content = "0123456789".repeat(50_000);
  await writeFile(join(folder, "a"), content);
  expect(await hashFile(join(folder, "a"))).toBe(sha256(content));
  await expect(hashFile(join(folder, "b"))).rejects.toThrow(/ENOENT/);
});

test("sealed content comes back as it was, or not at all", () => {
  const content = { "2": [1e-7, -0, "é\ud800"], a: null };
  const text = seal(content, 2);
  expect(unseal(text)).toEqual({ ...content, "2": [1e-7, 0, "é\ud800"] });
  const damages = [...text].map((_, at) => `${text.slice(0, at)}7${text.slice(at + 1)}`).filter((one) => one !== text);
  for (const damaged of [...damages, "", "{}", "null", text.slice(0, -9)]) {
    expect(() => unseal(damaged), damaged).toThrow();
  }
});
