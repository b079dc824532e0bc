import { join } from "node:path";
import { expect, test } from "vitest";
import { countLeakage } from "../../dist/data/leakage.js";
import { LineWriter } from "../../dist/data/line-writer.js";
import { temporaryFolder } from "./shards.js";

async function fileAsking(name: string, ...questions: string[]): Promise<string> {
  const path = join(await temporaryFolder(), name);
  const writer = await LineWriter.create(path);
  for (const content of questions) await writer.write({ messages: [{ role: "user", content }], answer: "1" });
  await writer.finish();
  await writer.close();
  return path;
}

test("a problem that stands in two files leaks, however it is set", async () => {
  const training = await fileAsking("training.jsonl", "What is $1 + 1$?", "What is $2 + 2$?", "What is $3 + 3$?");
  const leaking = await fileAsking("validation.jsonl", "What  is $3 + 3$?", "what is\n$1 + 1$? ", "What is $4 + 4$?");
  const sound = await fileAsking("validation.jsonl", "What is $4 + 4$?");
  const testing = await fileAsking("test.jsonl", "What is $5 + 5$?", "What is $4 + 4$?");
  expect(await countLeakage([training, leaking])).toBe(2);
  expect(await countLeakage([training, sound])).toBe(0);
  expect(await countLeakage([training, sound, testing])).toBe(1);
});
