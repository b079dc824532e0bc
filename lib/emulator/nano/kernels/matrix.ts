/**
 * Matrix multiplication in register tiles of 4 x 8, over blocks that stay in the first-level cache.
 * @module
 */

const BLOCK_ROWS: i32 = 64;
const BLOCK_INNER: i32 = 128;

/** The byte offset of element `index` of a float32 array. */
export function bytes(index: i32): usize {
  return (<usize>index) << 2;
}

/** The sum of the four lanes, always in the same order. */
export function sumLanes(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/**
 * C[M, N] = A[M, K] B[K, N], or C += A B where `accumulate` is 1. A is read with two strides, from row to row
 * and from column to column, so that a transposed A needs no copy; B and C have a row stride. N must be a
 * multiple of 8.
 */
export function multiply(
  M: i32,
  N: i32,
  K: i32,
  a: usize,
  aRow: i32,
  aColumn: i32,
  b: usize,
  bRow: i32,
  c: usize,
  cRow: i32,
  accumulate: i32,
): void {
  for (let k = 0; k < K; k += BLOCK_INNER) {
    const inner = min(BLOCK_INNER, K - k);
    const adds = k > 0 || accumulate == 1;
    for (let m = 0; m < M; m += BLOCK_ROWS) {
      const rows = min(BLOCK_ROWS, M - m);
      const blockA = a + bytes(m * aRow + k * aColumn);
      multiplyBlock(rows, N, inner, blockA, aRow, aColumn, b + bytes(k * bRow), bRow, c + bytes(m * cRow), cRow, adds);
    }
  }
}

function multiplyBlock(
  M: i32,
  N: i32,
  K: i32,
  a: usize,
  aRow: i32,
  aColumn: i32,
  b: usize,
  bRow: i32,
  c: usize,
  cRow: i32,
  adds: bool,
): void {
  const wholeTiles = M & ~3;
  for (let n = 0; n < N; n += 8) {
    for (let m = 0; m < wholeTiles; m += 4) {
      tileOfFour(
        K,
        a + bytes(m * aRow),
        bytes(aRow),
        bytes(aColumn),
        b + bytes(n),
        bytes(bRow),
        c + bytes(m * cRow + n),
        bytes(cRow),
        adds,
      );
    }
  }
  for (let m = wholeTiles; m < M; m++) {
    for (let n = 0; n < N; n += 8) {
      tileOfOne(K, a + bytes(m * aRow), bytes(aColumn), b + bytes(n), bytes(bRow), c + bytes(m * cRow + n), adds);
    }
  }
}

/** Four rows by eight columns, in eight accumulators. Strides in bytes. */
function tileOfFour(
  K: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  c: usize,
  cRow: usize,
  adds: bool,
): void {
  const c1 = c + cRow;
  const c2 = c1 + cRow;
  const c3 = c2 + cRow;
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  if (adds) {
    s00 = v128.load(c);
    s01 = v128.load(c, 16);
    s10 = v128.load(c1);
    s11 = v128.load(c1, 16);
    s20 = v128.load(c2);
    s21 = v128.load(c2, 16);
    s30 = v128.load(c3);
    s31 = v128.load(c3, 16);
  }
  for (let k = 0; k < K; k++) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    let row = a;
    let x = v128.load_splat<f32>(row);
    s00 = f32x4.add(s00, f32x4.mul(x, left));
    s01 = f32x4.add(s01, f32x4.mul(x, right));
    row += aRow;
    x = v128.load_splat<f32>(row);
    s10 = f32x4.add(s10, f32x4.mul(x, left));
    s11 = f32x4.add(s11, f32x4.mul(x, right));
    row += aRow;
    x = v128.load_splat<f32>(row);
    s20 = f32x4.add(s20, f32x4.mul(x, left));
    s21 = f32x4.add(s21, f32x4.mul(x, right));
    row += aRow;
    x = v128.load_splat<f32>(row);
    s30 = f32x4.add(s30, f32x4.mul(x, left));
    s31 = f32x4.add(s31, f32x4.mul(x, right));
    a += aColumn;
    b += bRow;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

/** One row by eight columns: what is left where the rows are not a multiple of four. Strides in bytes. */
function tileOfOne(K: i32, a: usize, aColumn: usize, b: usize, bRow: usize, c: usize, adds: bool): void {
  let left = f32x4.splat(0);
  let right = left;
  if (adds) {
    left = v128.load(c);
    right = v128.load(c, 16);
  }
  for (let k = 0; k < K; k++) {
    const x = v128.load_splat<f32>(a);
    left = f32x4.add(left, f32x4.mul(x, v128.load(b)));
    right = f32x4.add(right, f32x4.mul(x, v128.load(b, 16)));
    a += aColumn;
    b += bRow;
  }
  v128.store(c, left);
  v128.store(c, right, 16);
}

/** to[column, row] = from[row, column]. */
export function transpose(rows: i32, columns: i32, from: usize, fromRow: i32, to: usize, toRow: i32): void {
  for (let row = 0; row < rows; row++) {
    let source = from + bytes(row * fromRow);
    let target = to + bytes(row);
    for (let column = 0; column < columns; column++) {
      store<f32>(target, load<f32>(source));
      source += 4;
      target += bytes(toRow);
    }
  }
}
