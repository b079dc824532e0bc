/**
 * How the pages of a shard are decompressed: natively where Node can, in WebAssembly otherwise.
 * @module
 */
import zlib from "node:zlib";
import type { Compressors } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { ZSTDDecoder } from "zstddec";

/** Node has Zstandard from 22.15 on; the types are those of Node 20. */
const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (input: Uint8Array) => Uint8Array };

/** A decompressor for each codec of Parquet. */
export async function loadPageDecompressors(): Promise<Compressors> {
  return {
    ...compressors,
    GZIP: (input) => zlib.unzipSync(input),
    ZSTD: zstdDecompressSync ?? (await loadZstd()),
  };
}

async function loadZstd(): Promise<(input: Uint8Array, outputLength: number) => Uint8Array> {
  const decoder = new ZSTDDecoder();
  await decoder.init();
  return (input, outputLength) => decoder.decode(input, outputLength);
}
