/**
 * Writes a file line by line, a megabyte at a time: each write is awaited, so that memory does not grow with the file.
 * @module
 */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";

const chunkLength = 1_000_000;

/** A JSONL file being written. `bytes` and `lines` count what was given so far. */
export class LineWriter {
  bytes = 0;
  lines = 0;
  readonly #file: FileHandle;
  readonly #hash = createHash("sha256");
  #pending = "";

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Creates the file; rejects with the system's error where that is impossible. */
  static async create(path: string): Promise<LineWriter> {
    return new LineWriter(await open(path, "wx"));
  }

  /** Appends one value as a line of JSON. */
  async write(value: unknown): Promise<void> {
    const line = `${JSON.stringify(value)}\n`;
    this.bytes += Buffer.byteLength(line);
    this.lines += 1;
    this.#pending += line;
    if (this.#pending.length >= chunkLength) await this.#flush();
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
    const chunk = Buffer.from(this.#pending);
    this.#pending = "";
    this.#hash.update(chunk);
    await this.#file.writeFile(chunk);
  }
}
