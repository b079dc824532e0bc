/**
 * Causal multi-head attention: over whole sequences forward and backward, and one position at a time with a
 * key-value cache. A row of `qkv` holds the queries of all heads, then the keys, then the values.
 * @module
 */
import { bytes, multiply, sumLanes, transpose } from "./matrix";
import { softmax } from "./softmax";

/**
 * Attention over `batch` sequences of `length` positions (a multiple of 8). Writes the attention weights
 * [batch, heads, length, length] for the way back. `scratch` holds headWidth * length elements.
 */
export function attention(
  batch: i32,
  length: i32,
  heads: i32,
  headWidth: i32,
  qkv: usize,
  weights: usize,
  out: usize,
  scratch: usize,
): void {
  const width = heads * headWidth;
  const row = 3 * width;
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>headWidth);
  for (let sequence = 0; sequence < batch; sequence++) {
    for (let head = 0; head < heads; head++) {
      const q = qkv + bytes(sequence * length * row + head * headWidth);
      const k = q + bytes(width);
      const v = k + bytes(width);
      const w = weights + bytes((sequence * heads + head) * length * length);
      transpose(length, headWidth, k, row, scratch, length);
      multiply(length, length, headWidth, q, row, 1, scratch, length, w, length, 0);
      for (let i = 0; i < length; i++) softmax(w + bytes(i * length), i + 1, length, scale);
      const o = out + bytes(sequence * length * width + head * headWidth);
      multiply(length, headWidth, length, w, length, 1, v, row, o, width, 0);
    }
  }
}

/**
 * Writes the gradient by `qkv`, given the one by attention's output. `scratch` holds (headWidth + length) *
 * length elements.
 */
export function attentionBackward(
  batch: i32,
  length: i32,
  heads: i32,
  headWidth: i32,
  qkv: usize,
  weights: usize,
  dOut: usize,
  dQkv: usize,
  scratch: usize,
): void {
  const width = heads * headWidth;
  const row = 3 * width;
  const dWeights = scratch + bytes(headWidth * length);
  for (let sequence = 0; sequence < batch; sequence++) {
    for (let head = 0; head < heads; head++) {
      const offset = bytes(sequence * length * row + head * headWidth);
      const q = qkv + offset;
      const k = q + bytes(width);
      const v = k + bytes(width);
      const dq = dQkv + offset;
      const dk = dq + bytes(width);
      const dv = dk + bytes(width);
      const w = weights + bytes((sequence * heads + head) * length * length);
      const dO = dOut + bytes(sequence * length * width + head * headWidth);
      transpose(length, headWidth, v, row, scratch, length);
      multiply(length, length, headWidth, dO, width, 1, scratch, length, dWeights, length, 0);
      multiply(length, headWidth, length, w, 1, length, dO, width, dv, row, 0);
      softmaxBackward(length, headWidth, w, dWeights);
      multiply(length, headWidth, length, dWeights, length, 1, k, row, dq, row, 0);
      multiply(length, headWidth, length, dWeights, 1, length, q, row, dk, row, 0);
    }
  }
}

/** Turns the gradient by the attention weights into the one by the scaled scores, in place. */
function softmaxBackward(length: i32, headWidth: i32, weights: usize, gradient: usize): void {
  const scale = f32x4.splat(<f32>1 / sqrt<f32>(<f32>headWidth));
  for (let i = 0; i < length; i++) {
    const w = weights + bytes(i * length);
    const g = gradient + bytes(i * length);
    let dots = f32x4.splat(0);
    for (let j: usize = 0; j < bytes(length); j += 16) {
      dots = f32x4.add(dots, f32x4.mul(v128.load(w + j), v128.load(g + j)));
    }
    const mean = f32x4.splat(sumLanes(dots));
    for (let j: usize = 0; j < bytes(length); j += 16) {
      v128.store(g + j, f32x4.mul(scale, f32x4.mul(v128.load(w + j), f32x4.sub(v128.load(g + j), mean))));
    }
  }
}

/**
 * Attention of one new position for `rows` sequences. Row r belongs to the cache slot slots[r]; its key and
 * value are stored at `position` first. The caches are keys [slot, heads, headWidth, context] and values
 * [slot, heads, context, headWidth]; `context` is a multiple of 8 and `scratch` holds that many elements.
 */
export function attentionStep(
  rows: i32,
  slots: usize,
  position: i32,
  context: i32,
  heads: i32,
  headWidth: i32,
  qkv: usize,
  keys: usize,
  values: usize,
  out: usize,
  scratch: usize,
): void {
  const width = heads * headWidth;
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>headWidth);
  const padded = (position + 8) & ~7;
  for (let row = 0; row < rows; row++) {
    const slot = load<i32>(slots + bytes(row));
    for (let head = 0; head < heads; head++) {
      const q = qkv + bytes(row * 3 * width + head * headWidth);
      const k = q + bytes(width);
      const v = k + bytes(width);
      const cache = bytes((slot * heads + head) * headWidth * context);
      for (let j = 0; j < headWidth; j++) {
        store<f32>(keys + cache + bytes(j * context + position), load<f32>(k + bytes(j)));
      }
      memory.copy(values + cache + bytes(position * headWidth), v, bytes(headWidth));
      multiply(1, padded, headWidth, q, 0, 1, keys + cache, context, scratch, 0, 0);
      softmax(scratch, position + 1, padded, scale);
      const o = out + bytes(row * width + head * headWidth);
      multiply(1, headWidth, position + 1, scratch, 0, 1, values + cache, headWidth, o, 0, 0);
    }
  }
}
