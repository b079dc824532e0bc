/**
 * Records of one kind, kept in memory and on disk, one JSON file each, so that they outlive the process.
 * @module
 */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { DataError, messageOf } from "../../util/errors.js";
import { removeTemporaryFiles, replaceFile } from "../../util/files.js";
import { seal, unseal } from "../../util/hash.js";

/**
 * Opens the collection in `folder`, which is created if it is missing. Throws a `DataError` that names a file
 * it cannot read.
 */
export async function openCollection<T>(folder: string, keyOf: (record: T) => string): Promise<Collection<T>> {
  await mkdir(folder, { recursive: true });
  await removeTemporaryFiles(folder);
  const entries: Entry<T>[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (recordName.test(name))
      entries.push({ sequence: Number.parseInt(name, 10), record: await readRecord<T>(join(folder, name)) });
  }
  return new Collection(folder, keyOf, entries);
}

/** Other files in the folder are not the emulator's, such as a record that somebody has renamed. */
const recordName = /^\d{8,}\.json$/;

interface Entry<T> {
  sequence: number;
  record: T;
}

async function readRecord<T>(path: string): Promise<T> {
  try {
    return unseal<T>(await readFile(path, "utf8"));
  } catch (error) {
    throw damaged(path, error);
  }
}

/** The error about a file of the state folder that cannot be used, for the reason that `error` gives. */
export function damaged(path: string, error: unknown): DataError {
  return new DataError(
    `${path} is damaged (${messageOf(error)}): put back a copy of it, or move it out of the state folder, where what belongs to it is then set aside; nothing is deleted.`,
    { cause: error },
  );
}

/**
 * A map that writes itself to disk. File names are running numbers: nothing a client sends reaches the file
 * system.
 */
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

  /**
   * Adds the record or puts it in place of the one with its key; visible at once, resolves when it is on
   * disk.
   */
  put(record: T): Promise<void> {
    const key = this.#keyOf(record);
    const sequence = this.#entries.get(key)?.sequence ?? this.#nextSequence++;
    const isNew = !this.#entries.has(key);
    const entry = { sequence, record };
    this.#entries.set(key, entry);
    const content = seal(record, 2);
    return this.#enqueue(async () => {
      try {
        await replaceFile(this.#path(sequence), content);
      } catch (error) {
        // Whoever asked for it is told that there is none.
        if (isNew && this.#entries.get(key) === entry) this.#entries.delete(key);
        throw error;
      }
    });
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
