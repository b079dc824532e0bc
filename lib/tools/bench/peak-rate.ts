/**
 * The most float32 operations a second that WebAssembly reaches on one core of this machine.
 *
 * The code that is measured touches no memory: twelve vectors of four numbers stay in registers, and each becomes `v * a + b` over and
 * over. Twelve chains that do not depend on each other keep both arithmetic units of a core busy, so nothing written for 128-bit
 * SIMD can do more. (Native code may: AVX2 has vectors twice as wide and multiplies and adds in one operation.)
 * @module
 */
import { median } from "./median.js";

declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: { run(rounds: number, a: number, b: number): number } };
};

const chains = 12;
/** Operations of one round: chains, each unrolled, four lanes, a product and a sum. */
const unrolled = 8;
const operationsPerRound = chains * unrolled * 4 * 2;

/** A fifth of a millisecond, so that many runs are not interrupted. */
const rounds = 10_000;

let run: ((rounds: number, a: number, b: number) => number) | undefined;

/** Operations a second: the median of many short runs, a tenth of a second in all. */
export function peakRate(): number {
  run ??= new WebAssembly.Instance(new WebAssembly.Module(moduleBytes())).exports.run;
  const milliseconds: number[] = [];
  const start = performance.now();
  for (let now = start; now - start < 100; ) {
    run(rounds, 0.5, 1);
    const end = performance.now();
    milliseconds.push(end - now);
    now = end;
  }
  return (rounds * operationsPerRound) / (median(milliseconds) / 1000);
}

/** The instructions and types that occur; see the WebAssembly specification, section 5 (binary format). */
const op = {
  loop: [0x03, 0x40],
  branchIf: (depth: number) => [0x0d, depth],
  end: [0x0b],
  get: (local: number) => [0x20, local],
  set: (local: number) => [0x21, local],
  tee: (local: number) => [0x22, local],
  one: [0x41, 1],
  subtract: [0x6b],
  splat: [0xfd, 0x13],
  lane0: [0xfd, 0x1f, 0],
  add: [0xfd, 0xe4, 0x01],
  multiply: [0xfd, 0xe6, 0x01],
};
const [i32, f32, v128] = [0x7f, 0x7d, 0x7b];

/** A module that exports run(rounds: i32, a: f32, b: f32) -> f32. */
function moduleBytes(): Uint8Array {
  const [roundsLeft, a, b, wideA, wideB, first] = [0, 1, 2, 3, 4, 5];
  const accumulators = Array.from({ length: chains }, (_, i) => first + i);
  const update = (v: number): number[] =>
    [op.get(v), op.get(wideA), op.multiply, op.get(wideB), op.add, op.set(v)].flat();
  const body = [
    [1, 2 + chains, v128],
    [op.get(a), op.splat, op.set(wideA), op.get(b), op.splat, op.set(wideB)].flat(),
    op.loop,
    Array.from({ length: unrolled }, () => accumulators.flatMap(update)).flat(),
    [op.get(roundsLeft), op.one, op.subtract, op.tee(roundsLeft), op.branchIf(0), op.end].flat(),
    op.get(first),
    accumulators.slice(1).flatMap((v) => [...op.get(v), ...op.add]),
    [op.lane0, op.end].flat(),
  ].flat();
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 3, i32, f32, f32, 1, f32]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, ...Buffer.from("run"), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

function section(id: number, content: number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >> 7)];
}
