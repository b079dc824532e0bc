import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkGraderKeys, checkUpload } from "../../../dist/emulator/training/check-upload.js";
import { trainingLines } from "../harness.js";

let path: string;
beforeAll(async () => {
  path = join(await mkdtemp(join(tmpdir(), "check-upload-test-")), "upload.jsonl");
});
afterAll(() => rm(join(path, ".."), { recursive: true, force: true }));

test("a good file has nothing to say", async () => {
  await writeFile(path, trainingLines(10));
  expect(await checkUpload(path)).toBeNull();
});

test("each fault has its line, key and remedy, and only the first five are listed", async () => {
  await writeFile(path, `${trainingLines(1)}{"messages":[{"role":"user","content":"What?"}]}\n`);
  expect(await checkUpload(path)).toBe(
    'Not a file for reinforcement fine-tuning: line 2: "answer" is missing here but stands in line 1; give every line the same keys; ' +
      "the file has 2 lines; at least 10 are needed; add examples.",
  );
  await writeFile(path, "nonsense\n".repeat(30));
  expect(await checkUpload(path)).toMatch(/line 5 [^;]*; [^;]*; and 25 more faults\.$/);
});

test("a line that is not UTF-8 is one fault, and the check goes on behind it", async () => {
  await writeFile(path, Buffer.concat([Buffer.from(trainingLines(3)), Buffer.from([0xff, 0x0a]), Buffer.from("{\n")]));
  expect(await checkUpload(path)).toMatch(/line 4 is not UTF-8; save the file as UTF-8; line 5 is not a JSON object/);
});

test("a job's grader must find the keys that it reads", async () => {
  await writeFile(path, trainingLines(10));
  expect(await checkGraderKeys(path, ["answer"])).toBeNull();
  expect(await checkGraderKeys(path, ["answer", "level"])).toMatch(/^line 1: "level" is missing, but the grader reads/);
});
