/**
 * Writes a file line by line, a megabyte at a time: each write is awaited, so that memory does not grow with the file.
 * @module
 */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { longestEscape, writeJsonText } from "./utf8.js";

const chunkLength = 1_000_000;
const newline = 0x0a;

/** UTF-8 takes at most three bytes for each unit of a JavaScript string. */
const longestUnit = 3;

/** A JSONL file being written. `bytes` and `lines` count what was given so far. */
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

  /** Creates the file; rejects with the system's error where that is impossible. */
  static async create(path: string): Promise<LineWriter> {
    return new LineWriter(await open(path, "wx"));
  }

  /**
   * Appends one value as a line of JSON. `ending` is UTF-8 with which the text that stands last in the value goes on, as the trace
   * does in a supervised line.
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
