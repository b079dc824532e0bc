/**
 * Which problems are the same, where each was seen before, and into which file each goes. No problem may be
 * kept twice, and none may be in two files.
 * @module
 */
import { readJsonl, type TrainingLine } from "../service/training-file.js";
import { sha256 } from "../util/hash.js";

/** The files that problems are divided among; `test` only if a share of them is set aside. */
export const splits = ["training", "validation", "test"] as const;

export type Split = (typeof splits)[number];

/** How problems are divided. */
export interface SplitSettings {
  /** The share of problems for validation, above 0 and below 1. */
  validationFraction: number;
  /** The share of problems for a third file that is set aside, `test.jsonl`; no such file if it is 0. */
  testFraction: number;
  /** Another seed gives another split. */
  seed: number;
}

/**
 * Identifies a problem: the SHA-256 of its text, without regard to letter case, spacing and Unicode
 * composition. 64 hexadecimal digits.
 */
export function problemKey(text: string): string {
  return sha256(text.normalize("NFC").toLowerCase().replace(/\s+/g, " ").trim());
}

/**
 * The file for the problem with this key. It depends on the key and the settings alone: the order of rows and
 * the number of shards change nothing, and a problem can never be in two files. A test fraction takes from
 * training alone.
 */
export function splitOf(key: string, { seed, validationFraction, testFraction }: SplitSettings): Split {
  const uniform = Number.parseInt(sha256(`${seed}:${key}`).slice(0, 12), 16) / 16 ** 12;
  if (uniform < validationFraction) return "validation";
  return uniform < validationFraction + testFraction ? "test" : "training";
}

/** Where a problem was seen: a shard or file, and the 1-based row or line in it. */
interface Place<Source> {
  source: Source;
  line: number;
}

/**
 * Remembers the problems of shards or files, each with its first line in each of them. It is all that grows
 * with the number of rows: about 100 bytes a problem.
 */
export class SeenProblems<Source> {
  readonly #lines = new Map<Source, Map<string, number>>();

  /** Records a problem, and returns its first place in each source that had it before, this one included. */
  record(key: string, source: Source, line: number): Place<Source>[] {
    const compact = compactKey(key);
    const places: Place<Source>[] = [];
    for (const [other, lines] of this.#lines) {
      const first = lines.get(compact);
      if (first !== undefined) places.push({ source: other, line: first });
    }
    const own = this.#lines.get(source) ?? new Map<string, number>();
    this.#lines.set(source, own);
    if (!own.has(compact)) own.set(compact, line);
    return places;
  }

  /** Whether the problem was recorded, from whatever source. */
  has(key: string): boolean {
    const compact = compactKey(key);
    for (const lines of this.#lines.values()) if (lines.has(compact)) return true;
    return false;
  }
}

/** The first 16 bytes of a key, as a string of 16 characters: two of a million agree once in 10^27 times. */
function compactKey(key: string): string {
  return Buffer.from(key, "hex").toString("latin1", 0, 16);
}

/** The problem that a line of a training file asks: the user's first message; undefined if it has none. */
export function problemOf({ messages }: TrainingLine): string | undefined {
  return messages.find(({ role }) => role === "user")?.content;
}

/** How many lines of these JSONL files ask a problem that an earlier file asks too. Reads all of them. */
export async function countLeakage(files: readonly string[]): Promise<number> {
  const seen = new SeenProblems<string>();
  let leaking = 0;
  for (const file of files) {
    let number = 0;
    for await (const line of readJsonl(file)) {
      number += 1;
      const [first] = seen.record(problemKey(problemOf(line) ?? ""), file, number);
      if (first && first.source !== file) leaking += 1;
    }
  }
  return leaking;
}
