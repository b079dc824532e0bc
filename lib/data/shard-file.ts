/**
 * A shard as hyparquet reads it: stretches of bytes through one open file handle.
 * @module
 */
import { open } from "node:fs/promises";
import type { AsyncBuffer } from "hyparquet";

/** Runs `use` with the file at `path`, which stays open as long. Rejects with the system's error where it cannot be opened. */
export async function withShardFile<T>(path: string, use: (file: AsyncBuffer) => Promise<T>): Promise<T> {
  const handle = await open(path);
  try {
    const { size: byteLength } = await handle.stat();
    return await use({
      byteLength,
      async slice(start, end = byteLength) {
        if (end > byteLength) throw new Error(`it refers to byte ${end}, and the file has ${byteLength}`);
        const bytes = new Uint8Array(end - start);
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
        if (bytesRead < bytes.length) throw new Error("the file became shorter while it was read");
        return bytes.buffer;
      },
    });
  } finally {
    await handle.close();
  }
}
