/**
 * The optimiser's share: the gradient's length, and Adam's update.
 * @module
 */
import { bytes, sumLanes } from "./matrix";

/** The sum of the squares of `length` elements. */
export function sumOfSquares(length: i32, x: usize): f32 {
  const end = x + bytes(length);
  let squares = f32x4.splat(0);
  for (; x < end; x += 16) {
    const v = v128.load(x);
    squares = f32x4.add(squares, f32x4.mul(v, v));
  }
  return sumLanes(squares);
}

/**
 * One step of Adam (Kingma & Ba 2015) with decoupled weight decay (Loshchilov & Hutter 2019). `rate` already
 * holds the first moment's bias correction, `secondCorrection` is the second's, `gradientScale` clips, and
 * `decay` is the share of each weight that is taken away.
 */
export function adam(
  length: i32,
  weights: usize,
  gradients: usize,
  firstMoments: usize,
  secondMoments: usize,
  rate: f32,
  firstDecay: f32,
  secondDecay: f32,
  secondCorrection: f32,
  gradientScale: f32,
  decay: f32,
): void {
  const scale = f32x4.splat(gradientScale);
  const keepFirst = f32x4.splat(firstDecay);
  const takeFirst = f32x4.splat(<f32>1 - firstDecay);
  const keepSecond = f32x4.splat(secondDecay);
  const takeSecond = f32x4.splat(<f32>1 - secondDecay);
  const correction = f32x4.splat(secondCorrection);
  const step = f32x4.splat(rate);
  const keepWeight = f32x4.splat(<f32>1 - decay);
  const epsilon = f32x4.splat(1e-8);
  for (let j: usize = 0; j < bytes(length); j += 16) {
    const g = f32x4.mul(scale, v128.load(gradients + j));
    const first = f32x4.add(f32x4.mul(keepFirst, v128.load(firstMoments + j)), f32x4.mul(takeFirst, g));
    const second = f32x4.add(
      f32x4.mul(keepSecond, v128.load(secondMoments + j)),
      f32x4.mul(takeSecond, f32x4.mul(g, g)),
    );
    v128.store(firstMoments + j, first);
    v128.store(secondMoments + j, second);
    const size = f32x4.add(f32x4.sqrt(f32x4.mul(second, correction)), epsilon);
    const change = f32x4.div(f32x4.mul(step, first), size);
    v128.store(weights + j, f32x4.sub(f32x4.mul(keepWeight, v128.load(weights + j)), change));
  }
}
