import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { State } from "../../../dist/emulator/state/state.js";
import { checkUpload, fileFault } from "../../../dist/emulator/training/check-files.js";
import type { FineTuningJob } from "../../../dist/service/jobs.js";
import { answerGrader, trainingLines } from "../harness.js";

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

test("a job's grader must find the keys that it reads, in both files", async () => {
  const bare = join(path, "../bare.jsonl");
  await writeFile(path, trainingLines(10));
  await writeFile(bare, trainingLines(10).replaceAll('"answer"', '"solution"'));
  const state = { paths: { upload: (id: string) => id } } as State;
  const fault = (training_file: string, validation_file: string) => {
    const method = { type: "reinforcement", reinforcement: { grader: answerGrader } };
    return fileFault(state, { training_file, validation_file, method } as FineTuningJob);
  };
  expect(await fault(path, path)).toBeNull();
  expect(await fault(bare, path)).toMatchObject({ code: "invalid_training_file", param: "training_file" });
  expect(await fault(path, bare)).toMatchObject({
    code: "invalid_validation_file",
    message: expect.stringMatching(/line 1: "answer" is missing, but the grader reads/),
  });
});
