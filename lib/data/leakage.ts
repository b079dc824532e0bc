/**
 * Whether the split holds: no problem may stand on both sides.
 * @module
 */

import { readJsonl } from "../read-jsonl.js";
import { problemKey } from "./problem-text.js";

/** How many lines of the training file ask a problem that the validation file asks too. Reads both files. */
export async function countLeakage(trainingFile: string, validationFile: string): Promise<number> {
  const validation = new Set<string>();
  for await (const key of problemKeys(validationFile)) validation.add(key);
  let shared = 0;
  for await (const key of problemKeys(trainingFile)) {
    if (validation.has(key)) shared += 1;
  }
  return shared;
}

async function* problemKeys(file: string): AsyncGenerator<string> {
  for await (const { messages } of readJsonl(file)) {
    yield problemKey(messages.find(({ role }) => role === "user")?.content ?? "");
  }
}
