/**
 * The WebAssembly kernels and the linear memory they work on.
 * @module
 */
import { readFileSync } from "node:fs";
import { assetPath } from "../../util/assets.js";

/** The part of the standard's interface that is used here; Node's types leave it to the browser's. */
interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
declare const WebAssembly: {
  Memory: new (descriptor: { initial: number }) => Memory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: object };
};

/** A byte address in linear memory. */
export type Address = number;

type Kernel = (...operands: number[]) => number;

/** The kernels by name; what each does and takes is said in its source, in `kernels/`. */
type Kernels = Record<
  | "adam"
  | "attention"
  | "attentionBackward"
  | "attentionStep"
  | "embed"
  | "embedBackward"
  | "logProbabilities"
  | "logProbabilitiesBackward"
  | "multiply"
  | "rmsNorm"
  | "rmsNormBackward"
  | "rotate"
  | "softmax"
  | "squaredRelu"
  | "squaredReluBackward"
  | "sumOfSquares"
  | "transpose",
  Kernel
>;

const pageSize = 65536;
let compiled: object | undefined;

/**
 * One linear memory with the kernels over it. It has two parts: what is allocated first stays for good; after
 * `seal`, whatever is allocated is scratch, and `reset` takes all of it back at once. A typed view lives only
 * until the memory grows: fetch it again after every allocation.
 */
export class Workspace {
  readonly kernels: Kernels;
  readonly #memory = new WebAssembly.Memory({ initial: 2 });
  /** The first page belongs to the kernels' own constants. */
  #top: Address = pageSize;
  #sealed: Address = pageSize;
  #resets = 0;

  constructor() {
    compiled ??= new WebAssembly.Module(readFileSync(assetPath("emulator/nano/kernels.wasm")));
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } });
    this.kernels = exports as Kernels;
  }

  /** Room for `length` 4-byte elements, aligned to a cache line; its content is whatever was there. */
  allocate(length: number): Address {
    const address = this.#top;
    this.#top = Math.ceil((address + 4 * length) / 64) * 64;
    const missing = this.#top - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / pageSize));
    return address;
  }

  /** Makes everything allocated so far permanent. */
  seal(): void {
    this.#sealed = this.#top;
  }

  /** Takes back everything allocated since `seal`. */
  reset(): void {
    this.#top = this.#sealed;
    this.#resets++;
  }

  /** How often scratch has been taken back: who keeps addresses in it can tell whether they still hold. */
  get resets(): number {
    return this.#resets;
  }

  /** `length` float32 numbers at `address`, as a view. */
  floats(address: Address, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, length);
  }

  /** `length` int32 numbers at `address`, as a view. */
  integers(address: Address, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, address, length);
  }
}
