/**
 * Whether the split holds: no problem may stand in two files.
 * @module
 */
import { readJsonl } from "../service/training-file.js";
import { compactKey, problemKey } from "./problem-text.js";

/** How many lines of these JSONL files ask a problem that an earlier one of the files asks too. Reads all of them. */
export async function countLeakage(files: readonly string[]): Promise<number> {
  const firstFile = new Map<string, string>();
  let leaking = 0;
  for (const file of files) {
    for await (const { messages } of readJsonl(file)) {
      const key = compactKey(problemKey(messages.find(({ role }) => role === "user")?.content ?? ""));
      const first = firstFile.get(key) ?? file;
      if (first !== file) leaking += 1;
      firstFile.set(key, first);
    }
  }
  return leaking;
}
