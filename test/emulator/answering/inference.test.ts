import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Inference, type Question } from "../../../dist/emulator/answering/inference.js";
import { assetPath } from "../../../dist/util/assets.js";
import { hashFile } from "../../../dist/util/hash.js";

const base = { file: null };

function about(prompt: string, changes: Partial<Question> = {}): Question {
  return { weights: base, prompt, temperature: 1, maxTokens: 40, ...changes };
}

describe("answers", () => {
  test("do not depend on what else is asked at the same time", async () => {
    const alone = new Inference();
    const expected = [];
    for (let i = 0; i < 5; i++) expected.push(await alone.answer(about("What is $5 + 6$?")));
    const busy = new Inference();
    const answers = await Promise.all(
      Array.from({ length: 90 }, (_, i) =>
        busy.answer(about(i % 18 === 0 ? "What is $5 + 6$?" : `Compute $${i} \\times 3$.`)),
      ),
    );
    expect(answers.filter((_, i) => i % 18 === 0)).toEqual(expected);
  });

  test("differ when a question is asked again, unless they are greedy", async () => {
    const inference = new Inference();
    const texts = async (temperature: 0 | 1): Promise<Set<string>> => {
      const asked = Array.from({ length: 10 }, () => inference.answer(about("What is $5 + 6$?", { temperature })));
      return new Set((await Promise.all(asked)).map(({ text }) => text));
    };
    expect((await texts(1)).size).toBeGreaterThan(1);
    expect((await texts(0)).size).toBe(1);
  });

  test("of the same number are drawn again, in any order and after a restart", async () => {
    const ask = async (samples: number[]): Promise<string[]> => {
      const inference = new Inference();
      const texts: string[] = [];
      for (const sample of samples) texts.push((await inference.answer(about("What is $5 + 6$?", { sample }))).text);
      return texts;
    };
    const texts = await ask([0, 1, 2, 3, 4]);
    expect(new Set(texts).size).toBeGreaterThan(1);
    expect(await ask([4, 3, 2, 1, 0])).toEqual(texts.toReversed());
  });

  test("keep their own limits within one rush of questions", async () => {
    const inference = new Inference();
    const limits = [1, 5, 2];
    const answers = await Promise.all(
      limits.map((maxTokens) => inference.answer(about("What is $5 + 6$?", { maxTokens }))),
    );
    expect(answers.map(({ tokens }) => tokens.length)).toEqual(limits);
  });

  test("reject where the model's file is missing", async () => {
    const weights = { file: "/nowhere/final.weights" };
    const inference = new Inference();
    expect(inference.canLoad(weights)).toBe(false);
    await expect(inference.answer(about("x", { weights }))).rejects.toThrow(/nowhere/);
  });

  test("depend on the content of the model's file, not on its name", async () => {
    const folder = await mkdtemp(join(tmpdir(), "weights-"));
    const file = join(folder, "copy.weights");
    await copyFile(assetPath("emulator/nano/weights.bin"), file);
    const copy = { file, sha256: await hashFile(file) };
    const ask = async (weights: Question["weights"]) => {
      const inference = new Inference();
      const asked = Array.from({ length: 5 }, () => inference.answer(about("What is $5 + 6$?", { weights })));
      return await Promise.all(asked);
    };
    expect(await ask(copy)).toEqual(await ask(base));
    await rm(folder, { recursive: true });
  });

  test("come from a queue that has an end", async () => {
    const inference = new Inference();
    expect(inference.hasRoomFor(4096)).toBe(true);
    expect(inference.hasRoomFor(4097)).toBe(false);
    const waiting = Array.from({ length: 10 }, () => inference.answer(about("What is $5 + 6$?", { maxTokens: 1 })));
    expect(inference.hasRoomFor(4090)).toBe(false);
    await Promise.all(waiting);
    expect(inference.hasRoomFor(4096)).toBe(true);
  });
});
