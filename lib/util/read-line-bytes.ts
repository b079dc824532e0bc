/**
 * Lines of a file as bytes, for those who want to judge the encoding themselves.
 * @module
 */
import { createReadStream } from "node:fs";

const lineBreak = 0x0a;

/**
 * Yields the lines of a file of any size without their line feeds; what follows the last one counts as a line unless it is empty.
 * Of a line longer than `maxLength` bytes only the first `maxLength + 1` are kept, so that memory stays bounded. Rejects
 * with the system's error where the file cannot be read.
 */
export async function* readLineBytes(path: string, maxLength: number): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  const keep = (part: Buffer): void => {
    const room = maxLength + 1 - length;
    if (part.length === 0 || room <= 0) return;
    const kept = part.subarray(0, room);
    parts.push(kept);
    length += kept.length;
  };
  const take = (): Buffer => {
    const line = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, length);
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(lineBreak); end !== -1; end = chunk.indexOf(lineBreak, start)) {
      keep(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    keep(chunk.subarray(start));
  }
  if (length > 0) yield take();
}
