/**
 * The file that holds a model: four bytes with the length of a JSON header, the header, and the weights in
 * half precision.
 * @module
 */
import { readFileSync } from "node:fs";
import { assetPath } from "../../util/assets.js";
import { DataError, messageOf } from "../../util/errors.js";
import { replaceFile } from "../../util/files.js";
import { sha256 } from "../../util/hash.js";

/** The shape of a model. */
export interface NanoConfig {
  /** How many tokens it knows, a multiple of 8. */
  vocabulary: number;
  /** Numbers in its residual stream, a multiple of 8 times `heads`. */
  width: number;
  layers: number;
  heads: number;
  /** The longest text in tokens, prompt and answer together; a multiple of 8. */
  context: number;
}

/** The weights that ship with the project. */
export const defaultWeightsFile: string = assetPath("emulator/nano/weights.bin");

/** Writes shape and weights, rounded to half precision, whole or not at all; resolves to the file's SHA-256. */
export async function writeWeights(file: string, config: NanoConfig, weights: Float32Array): Promise<string> {
  const header = Buffer.from(JSON.stringify({ config, parameters: weights.length }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const values = Buffer.alloc(2 * weights.length);
  weights.forEach((value, index) => {
    values.writeUInt16LE(toHalf(value), 2 * index);
  });
  const content = Buffer.concat([length, header, values]);
  await replaceFile(file, content);
  return sha256(content);
}

/** Reads what `writeWeights` wrote. Throws a `DataError` if the file is missing, cut off or something else. */
export function readWeights(file: string = defaultWeightsFile): { config: NanoConfig; weights: Float32Array } {
  try {
    const content = readFileSync(file);
    const start = 4 + content.readUInt32LE(0);
    const header = JSON.parse(content.toString("utf8", 4, start)) as { config: NanoConfig; parameters: number };
    const values = content.subarray(start);
    if (values.length !== 2 * header.parameters)
      throw new Error(`it holds ${values.length} bytes of weights where ${2 * header.parameters} belong`);
    const weights = Float32Array.from({ length: header.parameters }, (_, i) => fromHalf(values.readUInt16LE(2 * i)));
    return { config: header.config, weights };
  } catch (error) {
    throw new DataError(
      `${file} is no model that this project wrote: ${messageOf(error)}. Fetch it again, or train one with "npm run pretrain".`,
      { cause: error },
    );
  }
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/**
 * The nearest IEEE 754 half-precision number as its 16 bits, ties to even; too small becomes 0, too large the
 * largest finite.
 */
function toHalf(value: number): number {
  const clipped = Math.max(-65504, Math.min(65504, value));
  // Below 2^-14 a half has no exponent left: it counts in units of 2^-24.
  if (Math.abs(clipped) < 2 ** -14) {
    const units = Math.round(Math.abs(clipped) * 2 ** 24);
    return (clipped < 0 ? 0x8000 : 0) | units;
  }
  float[0] = clipped;
  const source = bits[0] as number;
  const sign = (source >>> 16) & 0x8000;
  const magnitude = source & 0x7fffffff;
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - (112 << 23)) >>> 13);
}

function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 1023;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
