/**
 * Softmax, and the log-probability of the token that came next.
 * @module
 */
import { bytes, sumLanes } from "./matrix";

/**
 * e^x in each lane for x <= 0: the Cephes polynomial (S. Moshier, expf), which rounds alike on every machine.
 * Below -87 it stays at e^-87.
 */
function exponential(input: v128): v128 {
  const x = f32x4.max(input, f32x4.splat(-87));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504)));
  const high = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  const r = f32x4.sub(high, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = f32x4.splat(1.98756915e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));
  const powerOfTwo = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, powerOfTwo);
}

/**
 * Softmax of scale * x[0 .. length) in place, x[length .. padded) set to 0. Returns the logarithm of the sum
 * of exponentials.
 */
export function softmax(x: usize, length: i32, padded: i32, scale: f32): f32 {
  const end = x + bytes(padded);
  for (let p = x + bytes(length); p < end; p += 4) store<f32>(p, -1e30);

  let lanes = f32x4.splat(-1e30);
  for (let p = x; p < end; p += 16) lanes = f32x4.max(lanes, v128.load(p));
  const pairs = f32x4.max(lanes, v128.shuffle<i32>(lanes, lanes, 2, 3, 0, 1));
  const largest = max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));

  const shift = f32x4.splat(largest);
  const factor = f32x4.splat(scale);
  let sums = f32x4.splat(0);
  for (let p = x; p < end; p += 16) {
    const e = exponential(f32x4.mul(f32x4.sub(v128.load(p), shift), factor));
    v128.store(p, e);
    sums = f32x4.add(sums, e);
  }
  const sum = sumLanes(sums);
  const inverse = f32x4.splat(<f32>1 / sum);
  for (let p = x; p < end; p += 16) v128.store(p, f32x4.mul(v128.load(p), inverse));
  for (let p = x + bytes(length); p < end; p += 4) store<f32>(p, 0);
  return largest * scale + Mathf.log(sum);
}

/** Turns each row of logits into probabilities in place, and writes each target's log-probability. */
export function logProbabilities(rows: i32, vocabulary: i32, logits: usize, targets: usize, out: usize): void {
  for (let row = 0; row < rows; row++) {
    const x = logits + bytes(row * vocabulary);
    const target = load<f32>(x + bytes(load<i32>(targets + bytes(row))));
    store<f32>(out + bytes(row), target - softmax(x, vocabulary, vocabulary, 1));
  }
}

/**
 * Turns probabilities into the gradient of -sum(coefficient[row] * log p(target[row])) by the logits, in
 * place.
 */
export function logProbabilitiesBackward(
  rows: i32,
  vocabulary: i32,
  probabilities: usize,
  targets: usize,
  coefficients: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const x = probabilities + bytes(row * vocabulary);
    const coefficient = load<f32>(coefficients + bytes(row));
    const factor = f32x4.splat(coefficient);
    const end = x + bytes(vocabulary);
    for (let p = x; p < end; p += 16) v128.store(p, f32x4.mul(factor, v128.load(p)));
    const target = x + bytes(load<i32>(targets + bytes(row)));
    store<f32>(target, load<f32>(target) - coefficient);
  }
}
