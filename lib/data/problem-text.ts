/**
 * When two problems count as the same, and on which side of the split a problem falls.
 * @module
 */
import { sha256 } from "../hash.js";

export type Split = "training" | "validation";

/**
 * What identifies a problem: the SHA-256 of its text, without regard to letter case, spacing and Unicode composition.
 * 64 hexadecimal digits.
 */
export function problemKey(text: string): string {
  return sha256(text.normalize("NFC").toLowerCase().replace(/\s+/g, " ").trim());
}

/**
 * The side on which the problem with this key falls. It depends on key, seed and fraction alone, so that the order of rows and
 * the number of shards change nothing, and a problem can never stand on both sides.
 */
export function splitOf(key: string, seed: number, validationFraction: number): Split {
  const uniform = Number.parseInt(sha256(`${seed}:${key}`).slice(0, 12), 16) / 16 ** 12;
  return uniform < validationFraction ? "validation" : "training";
}
