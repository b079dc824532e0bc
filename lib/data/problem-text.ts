/**
 * When two problems count as the same, and on which side of the split a problem falls.
 * @module
 */
import { sha256 } from "../util/hash.js";

/** The files that problems are divided among; `test` only where a share of them is set aside. */
export const splits = ["training", "validation", "test"] as const;

export type Split = (typeof splits)[number];

/** The shares of problems that are not for training, in [0, 1). */
export interface SplitFractions {
  validation: number;
  test: number;
}

/**
 * What identifies a problem: the SHA-256 of its text, without regard to letter case, spacing and Unicode composition.
 * 64 hexadecimal digits.
 */
export function problemKey(text: string): string {
  return sha256(text.normalize("NFC").toLowerCase().replace(/\s+/g, " ").trim());
}

/** The first 16 bytes of a key, as a string of 16 characters, for tables of every problem met: two of a million agree once in 10^27 times. */
export function compactKey(key: string): string {
  return Buffer.from(key, "hex").toString("latin1", 0, 16);
}

/**
 * The side on which the problem with this key falls. It depends on key, seed and fractions alone, so that the order of rows and
 * the number of shards change nothing, and a problem can never stand on two sides. A test fraction takes from training alone.
 */
export function splitOf(key: string, seed: number, { validation, test }: SplitFractions): Split {
  const uniform = Number.parseInt(sha256(`${seed}:${key}`).slice(0, 12), 16) / 16 ** 12;
  if (uniform < validation) return "validation";
  return uniform < validation + test ? "test" : "training";
}
