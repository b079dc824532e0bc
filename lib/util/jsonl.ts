/**
 * Lines of a JSONL file of any size, one after the other: as text, or as bytes for callers that check the
 * encoding.
 * @module
 */
import { createReadStream } from "node:fs";
import { DataError, messageOf } from "./errors.js";

/** Characters in one line; o4-mini takes prompts of 200,000 tokens, about a quarter of this in bytes. */
const maxLineLength = 4_000_000;

/**
 * Yields the lines of a UTF-8 file (with or without a byte order mark) without their line breaks; what
 * follows the last line break counts as a line unless it is empty. Throws a `DataError` if the text is not
 * UTF-8 or a line is too long.
 */
export async function* readLines(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  let pending = "";
  const decode = (chunk?: Uint8Array): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch (error) {
      throw new DataError(`Near line ${line}: the text is not UTF-8 (${messageOf(error)}). Save the file as UTF-8.`, {
        cause: error,
      });
    }
  };
  for await (const chunk of createReadStream(path)) {
    const lines = (pending + decode(chunk)).split("\n");
    pending = lines.pop() ?? "";
    for (const text of lines) yield text.replace(/\r$/, "");
    line += lines.length;
    if (pending.length > maxLineLength)
      throw new DataError(`Line ${line} is longer than ${maxLineLength} characters. Give every example its own line.`);
  }
  pending += decode();
  if (pending !== "") yield pending;
}

const lineBreak = 0x0a;

/**
 * Yields the lines of a file of any size without their line feeds; what follows the last one counts as a line
 * unless it is empty. Of a line longer than `maxLength` bytes only the first `maxLength + 1` are kept, so
 * that memory stays bounded. Rejects with the system's error where the file cannot be read.
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
    const [first] = parts;
    const line = first?.length === length ? first : Buffer.concat(parts, length);
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
