/**
 * Lines of a JSONL file, one after the other, whatever the size of the file.
 * @module
 */
import { createReadStream } from "node:fs";
import { messageOf, UserError } from "./errors.js";

/** Characters in one line; o4-mini takes prompts of 200,000 tokens, which is about a quarter of this in bytes. */
const maxLineLength = 4_000_000;

/**
 * Yields the lines of a UTF-8 file (with or without a byte order mark) without their line breaks; what follows the last line
 * break counts as a line unless it is empty. Throws a `UserError` where the text is not UTF-8 or a line is too long.
 */
export async function* readLines(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  let pending = "";
  const decode = (chunk?: Uint8Array): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch (error) {
      throw new UserError(`Near line ${line}: the text is not UTF-8 (${messageOf(error)}). Save the file as UTF-8.`);
    }
  };
  for await (const chunk of createReadStream(path)) {
    const lines = (pending + decode(chunk)).split("\n");
    pending = lines.pop() ?? "";
    for (const text of lines) yield text.replace(/\r$/, "");
    line += lines.length;
    if (pending.length > maxLineLength)
      throw new UserError(`Line ${line} is longer than ${maxLineLength} characters. Give every example its own line.`);
  }
  pending += decode();
  if (pending !== "") yield pending;
}
