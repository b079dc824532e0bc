/**
 * How the pages of a shard are decompressed: natively where Node can, in WebAssembly or JavaScript otherwise.
 * @module
 */
import zlib from "node:zlib";
import type { Compressors } from "hyparquet";
import { compressors } from "hyparquet-compressors";

/** Node has Zstandard from 22.15 on; the types are those of Node 20. */
const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (input: Uint8Array) => Uint8Array };

/** A decompressor for each codec of Parquet. */
export const pageDecompressors: Compressors = {
  ...compressors,
  GZIP: (input) => zlib.unzipSync(input),
  ...(zstdDecompressSync && { ZSTD: (input: Uint8Array) => zstdDecompressSync(input) }),
};
