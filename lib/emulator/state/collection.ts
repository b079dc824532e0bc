/**
 * Records of one kind, kept in memory and on disk, one JSON file each, so that they outlive the process.
 * @module
 */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../../util/errors.js";
import { removeTemporaryFiles, replaceFile } from "../../util/files.js";

/**
 * Opens the collection in `folder`, which is created if it is missing. Throws a `DataError` that names a file
 * it cannot read.
 */
export async function openCollection<T>(folder: string, keyOf: (record: T) => string): Promise<Collection<T>> {
  await mkdir(folder, { recursive: true });
  await removeTemporaryFiles(folder);
  const entries: Entry<T>[] = [];
  for (const name of (await readdir(folder)).sort()) {
    entries.push({ sequence: Number.parseInt(name, 10), record: await readRecord<T>(join(folder, name)) });
  }
  return new Collection(folder, keyOf, entries);
}

interface Entry<T> {
  sequence: number;
  record: T;
}

async function readRecord<T>(path: string): Promise<T> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch (error) {
    throw new DataError(
      `The emulator cannot read ${path} (${error}). Delete this file, or start with an empty state folder.`,
      { cause: error },
    );
  }
}

/** A map that writes itself to disk. File names are running numbers: nothing a client sends reaches the file system. */
export class Collection<T> {
  readonly #folder: string;
  readonly #keyOf: (record: T) => string;
  readonly #entries: Map<string, Entry<T>>;
  #nextSequence: number;
  #writes: Promise<void> = Promise.resolve();

  constructor(folder: string, keyOf: (record: T) => string, entries: Entry<T>[]) {
    this.#folder = folder;
    this.#keyOf = keyOf;
    this.#entries = new Map(entries.map((entry) => [keyOf(entry.record), entry]));
    this.#nextSequence = (entries.at(-1)?.sequence ?? 0) + 1;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.record;
  }

  /** All records, the one that was added last first. */
  newestFirst(): T[] {
    return [...this.#entries.values()].map(({ record }) => record).reverse();
  }

  /** Adds the record or puts it in place of the one with its key; visible at once, resolves when it is on disk. */
  put(record: T): Promise<void> {
    const key = this.#keyOf(record);
    const sequence = this.#entries.get(key)?.sequence ?? this.#nextSequence++;
    this.#entries.set(key, { sequence, record });
    const content = JSON.stringify(record, null, 2);
    return this.#enqueue(() => replaceFile(this.#path(sequence), content));
  }

  /** Removes the record with this key, if it exists; gone at once, resolves when it is gone from disk. */
  delete(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    return this.#enqueue(async () => {
      if (entry) await rm(this.#path(entry.sequence), { force: true });
    });
  }

  #path(sequence: number): string {
    return join(this.#folder, `${String(sequence).padStart(8, "0")}.json`);
  }

  #enqueue(write: () => Promise<void>): Promise<void> {
    const written = this.#writes.then(write);
    this.#writes = written.catch(() => {});
    return written;
  }
}
