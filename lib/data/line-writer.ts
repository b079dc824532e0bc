/**
 * Writes a JSONL file a megabyte at a time: each write is awaited, so that memory does not grow with the
 * file. Long text may come as UTF-8: turning a trace of 17 kB into a string and into JSON costs several times
 * as much as reading it.
 * @module
 */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";

const chunkLength = 1_000_000;
const newline = 0x0a;

/** UTF-8 takes at most three bytes for each unit of a JavaScript string. */
const longestUnit = 3;

/** One byte of text takes at most six inside a JSON string: a control character becomes `\u0000`. */
const longestEscape = 6;

/** A JSONL file being written. `bytes` and `lines` count what has been given so far. */
export class LineWriter {
  bytes = 0;
  lines = 0;
  readonly #file: FileHandle;
  readonly #hash = createHash("sha256");
  #chunk = Buffer.allocUnsafe(chunkLength);
  #used = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Creates the file; rejects with the system's error if that is impossible. */
  static async create(path: string): Promise<LineWriter> {
    return new LineWriter(await open(path, "wx"));
  }

  /**
   * Appends one value as a line of JSON. `ending` is UTF-8 that continues the last text in the value, as the
   * trace does in a supervised line.
   */
  async write(value: unknown, ending?: Uint8Array): Promise<void> {
    const json = JSON.stringify(value);
    const longest = json.length * longestUnit + (ending?.length ?? 0) * longestEscape + 1;
    if (this.#used + longest > this.#chunk.length) await this.#flush();
    if (longest > this.#chunk.length) this.#chunk = Buffer.allocUnsafe(longest);
    const start = this.#used;
    const split = ending ? json.lastIndexOf('"') : json.length;
    let end = start + this.#chunk.write(json.slice(0, split), start);
    if (ending) end = writeJsonText(this.#chunk, end, ending);
    end += this.#chunk.write(json.slice(split), end);
    this.#chunk[end++] = newline;
    this.#used = end;
    this.bytes += end - start;
    this.lines += 1;
  }

  /** Puts everything on the disk and returns the SHA-256 of the whole file, in hexadecimal. */
  async finish(): Promise<string> {
    await this.#flush();
    await this.#file.sync();
    return this.#hash.digest("hex");
  }

  /** Closes the file, finished or not. */
  close(): Promise<void> {
    return this.#file.close();
  }

  async #flush(): Promise<void> {
    const written = this.#chunk.subarray(0, this.#used);
    this.#used = 0;
    this.#hash.update(written);
    await this.#file.writeFile(written);
  }
}

const backslash = 0x5c;
const hexadecimal = Buffer.from("0123456789abcdef");

/** For each byte the letter after the backslash, or 0 if it needs none. Source: RFC 8259, section 7. */
const escapeLetters = new Uint8Array(256).fill(0x75, 0, 0x20);
for (const [byte, letter] of Object.entries({ 8: "b", 9: "t", 10: "n", 12: "f", 13: "r", 34: '"', 92: "\\" })) {
  escapeLetters[Number(byte)] = letter.charCodeAt(0);
}

/** Writes `text` as the inside of a JSON string into `target` from `start` on, and returns where it ends. */
function writeJsonText(target: Uint8Array, start: number, text: Uint8Array): number {
  let end = start;
  // Counting is twice as fast here as iterating.
  for (let i = 0; i < text.length; i++) {
    const byte = text[i] as number;
    const letter = escapeLetters[byte] as number;
    if (letter === 0) {
      target[end++] = byte;
      continue;
    }
    target[end++] = backslash;
    target[end++] = letter;
    if (letter === 0x75) {
      target[end++] = 0x30;
      target[end++] = 0x30;
      target[end++] = hexadecimal[byte >> 4] as number;
      target[end++] = hexadecimal[byte & 15] as number;
    }
  }
  return end;
}
