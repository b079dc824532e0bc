/**
 * The layers between the matrices: embedding, RMSNorm, squared ReLU and rotary positions, each with its
 * gradient.
 * @module
 */
import { bytes, sumLanes } from "./matrix";

/** y += x, `length` elements. */
export function add(length: i32, x: usize, y: usize): void {
  const end = x + bytes(length);
  for (; x < end; x += 16, y += 16) v128.store(y, f32x4.add(v128.load(y), v128.load(x)));
}

/** Copies the embedding of each token into its row of x. */
export function embed(rows: i32, width: i32, tokens: usize, embedding: usize, x: usize): void {
  for (let row = 0; row < rows; row++) {
    memory.copy(x + bytes(row * width), embedding + bytes(load<i32>(tokens + bytes(row)) * width), bytes(width));
  }
}

/** Adds each row of the gradient to its token's embedding gradient. */
export function embedBackward(rows: i32, width: i32, tokens: usize, gradient: usize, embeddingGradient: usize): void {
  for (let row = 0; row < rows; row++) {
    add(width, gradient + bytes(row * width), embeddingGradient + bytes(load<i32>(tokens + bytes(row)) * width));
  }
}

/**
 * y = x / rms(x) row by row, without a learned gain (Zhang & Sennrich 2019). Keeps 1 / rms(x) for the way
 * back.
 */
export function rmsNorm(rows: i32, width: i32, x: usize, y: usize, inverses: usize): void {
  for (let row = 0; row < rows; row++) {
    const end = x + bytes(width);
    let squares = f32x4.splat(0);
    for (let p = x; p < end; p += 16) {
      const v = v128.load(p);
      squares = f32x4.add(squares, f32x4.mul(v, v));
    }
    const inverse: f32 = <f32>1 / sqrt<f32>(sumLanes(squares) / <f32>width + <f32>1e-5);
    const factor = f32x4.splat(inverse);
    for (; x < end; x += 16, y += 16) v128.store(y, f32x4.mul(v128.load(x), factor));
    store<f32>(inverses + bytes(row), inverse);
  }
}

/** Adds to dx the gradient of rmsNorm, given its output y and dy. */
export function rmsNormBackward(rows: i32, width: i32, y: usize, inverses: usize, dy: usize, dx: usize): void {
  for (let row = 0; row < rows; row++) {
    let dots = f32x4.splat(0);
    for (let j: usize = 0; j < bytes(width); j += 16) {
      dots = f32x4.add(dots, f32x4.mul(v128.load(y + j), v128.load(dy + j)));
    }
    const mean = f32x4.splat(sumLanes(dots) / <f32>width);
    const inverse = f32x4.splat(load<f32>(inverses + bytes(row)));
    const end = y + bytes(width);
    for (; y < end; y += 16, dy += 16, dx += 16) {
      const tangent = f32x4.sub(v128.load(dy), f32x4.mul(mean, v128.load(y)));
      v128.store(dx, f32x4.add(v128.load(dx), f32x4.mul(inverse, tangent)));
    }
  }
}

/** y = max(x, 0)^2 (So et al. 2021, Primer). x and y may be the same array. */
export function squaredRelu(length: i32, x: usize, y: usize): void {
  const end = x + bytes(length);
  for (; x < end; x += 16, y += 16) {
    const v = f32x4.max(v128.load(x), f32x4.splat(0));
    v128.store(y, f32x4.mul(v, v));
  }
}

/** dy becomes dy * 2 max(x, 0): the gradient by x. */
export function squaredReluBackward(length: i32, x: usize, dy: usize): void {
  const end = x + bytes(length);
  for (; x < end; x += 16, dy += 16) {
    const slope = f32x4.mul(f32x4.splat(2), f32x4.max(v128.load(x), f32x4.splat(0)));
    v128.store(dy, f32x4.mul(v128.load(dy), slope));
  }
}

/**
 * Rotary position embedding (Su et al. 2021) of the queries and keys in each row of `qkv`; a row's position is
 * `first + row % length`. The table holds, for every position, the cosines of half a head and then the sines.
 * A direction of -1 turns back, which is also the gradient.
 */
export function rotate(
  rows: i32,
  length: i32,
  first: i32,
  heads: i32,
  headWidth: i32,
  qkv: usize,
  table: usize,
  direction: f32,
): void {
  const half = headWidth >> 1;
  for (let row = 0; row < rows; row++) {
    const cosines = table + bytes(((row % length) + first) * headWidth);
    const sines = cosines + bytes(half);
    for (let head = 0; head < 2 * heads; head++) {
      const lower = qkv + bytes(row * 3 * heads * headWidth + head * headWidth);
      const upper = lower + bytes(half);
      for (let j: usize = 0; j < bytes(half); j += 4) {
        const cosine = load<f32>(cosines + j);
        const sine = load<f32>(sines + j) * direction;
        const a = load<f32>(lower + j);
        const b = load<f32>(upper + j);
        store<f32>(lower + j, a * cosine - b * sine);
        store<f32>(upper + j, a * sine + b * cosine);
      }
    }
  }
}
