/**
 * SHA-256 of content and of files, as lower-case hexadecimal; and JSON that carries its own.
 * @module
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/** The SHA-256 of text (as UTF-8) or bytes, 64 hexadecimal digits. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The SHA-256 of a file, 64 hexadecimal digits. Rejects with the system's error if it cannot be read. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

interface Sealed {
  sha256: string;
  content: unknown;
}

/**
 * `content` as the text of a JSON object with its checksum, so that damage on the disk does not pass for
 * content; on one line unless it is indented, by `indent` spaces.
 */
export function seal(content: unknown, indent?: number): string {
  return JSON.stringify({ sha256: sha256(JSON.stringify(content)), content } satisfies Sealed, null, indent);
}

/** What `seal` was given. Throws an `Error` if the text is not as `seal` wrote it. */
export function unseal<T>(text: string): T {
  const { sha256: expected, content } = (JSON.parse(text) as Partial<Sealed> | null) ?? {};
  if (content === undefined || sha256(JSON.stringify(content)) !== expected)
    throw new Error("its checksum does not match");
  return content as T;
}
