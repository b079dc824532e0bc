/**
 * Zstandard without compression, for shards in the tests: Node 20 can neither write nor read it natively.
 * @module
 */

const maxBlock = 128 * 1024;

/** One frame of raw blocks. Source: RFC 8878, section 3.1.1. */
export function storeAsZstandard(content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(9);
  header.writeUInt32LE(0xfd2fb528, 0);
  // A single segment whose size follows in four bytes.
  header[4] = 0b1010_0000;
  header.writeUInt32LE(content.length, 5);
  const pieces: Uint8Array[] = [header];
  for (let start = 0; start === 0 || start < content.length; start += maxBlock) {
    const block = content.subarray(start, start + maxBlock);
    const isLast = start + maxBlock >= content.length;
    const blockHeader = Buffer.alloc(3);
    blockHeader.writeUIntLE((block.length << 3) | Number(isLast), 0, 3);
    pieces.push(blockHeader, block);
  }
  return Buffer.concat(pieces);
}
