/**
 * What a model learns and how it learns it: the weight matrices in linear memory, their gradients, and Adam's
 * moments.
 * @module
 */
import type { Random } from "../../util/random.js";
import type { NanoConfig } from "./weights.js";
import type { Address, Workspace } from "./workspace.js";

/** A weight matrix within the parameters. */
interface Matrix {
  /** Index of its first weight. */
  offset: number;
  rows: number;
  columns: number;
}

/** The matrices of one transformer block. */
export interface Layer {
  /** Queries, keys and values side by side. */
  qkv: Matrix;
  output: Matrix;
  up: Matrix;
  down: Matrix;
}

/** How Adam takes a step. */
interface AdamSettings {
  learningRate: number;
  /** Decay of the second moment. */
  secondDecay: number;
  /** Share of the learning rate by which each weight shrinks. */
  weightDecay: number;
}

const firstDecay = 0.9;
const gradientClip = 1;

/**
 * All parameters of a model of the given shape, zero at first. A view into them is valid until the workspace
 * grows.
 */
export class Parameters {
  readonly count: number;
  readonly embedding: Matrix;
  readonly layers: readonly Layer[];
  readonly head: Matrix;
  /** How many steps the optimiser has taken. */
  optimizerSteps = 0;
  readonly #workspace: Workspace;
  readonly #weights: Address;
  readonly #gradients: Address;
  readonly #firstMoments: Address;
  readonly #secondMoments: Address;
  /** Every matrix transposed: what the backward pass multiplies by. */
  readonly #transposed: Address;

  constructor(workspace: Workspace, { vocabulary, width, layers }: NanoConfig) {
    let offset = 0;
    const matrix = (rows: number, columns: number): Matrix => {
      const placed = { offset, rows, columns };
      offset += rows * columns;
      return placed;
    };
    this.embedding = matrix(vocabulary, width);
    this.layers = Array.from({ length: layers }, () => ({
      qkv: matrix(width, 3 * width),
      output: matrix(width, width),
      up: matrix(width, 4 * width),
      down: matrix(4 * width, width),
    }));
    this.head = matrix(width, vocabulary);
    this.count = offset;
    this.#workspace = workspace;
    this.#weights = workspace.allocate(this.count);
    this.#gradients = workspace.allocate(this.count);
    this.#firstMoments = workspace.allocate(this.count);
    this.#secondMoments = workspace.allocate(this.count);
    this.#transposed = workspace.allocate(this.count);
  }

  /** All weights, matrix after matrix. */
  get weights(): Float32Array {
    return this.#workspace.floats(this.#weights, this.count);
  }

  /** The accumulated gradient, weight for weight. */
  get gradients(): Float32Array {
    return this.#workspace.floats(this.#gradients, this.count);
  }

  /** Adam's two moments, weight for weight. */
  get moments(): { first: Float32Array; second: Float32Array } {
    return {
      first: this.#workspace.floats(this.#firstMoments, this.count),
      second: this.#workspace.floats(this.#secondMoments, this.count),
    };
  }

  /** The weights of one matrix, row by row. */
  weightsOf({ offset, rows, columns }: Matrix): Float32Array {
    return this.weights.subarray(offset, offset + rows * columns);
  }

  /** Where a matrix lies in memory. */
  addressOf(matrix: Matrix): Address {
    return this.#weights + 4 * matrix.offset;
  }

  /** Where a matrix's gradient lies in memory. */
  gradientOf(matrix: Matrix): Address {
    return this.#gradients + 4 * matrix.offset;
  }

  /**
   * Fills the weights with random numbers: normal, scaled by fan-in; what writes to the residual stream
   * starts at zero.
   */
  initialize(random: Random): void {
    const fill = (matrix: Matrix, deviation: number) => {
      const part = this.weightsOf(matrix);
      for (let i = 0; i < part.length; i++) part[i] = deviation * standardNormal(random);
    };
    fill(this.embedding, 0.5);
    fill(this.head, 0.02);
    for (const { qkv, output, up, down } of this.layers) {
      fill(qkv, 1 / Math.sqrt(qkv.rows));
      fill(output, 0);
      fill(up, 1 / Math.sqrt(up.rows));
      fill(down, 0);
    }
  }

  /** out = x W, or out += x W where it accumulates. */
  project(rows: number, x: Address, w: Matrix, out: Address, accumulate = false): void {
    const { multiply } = this.#workspace.kernels;
    multiply(rows, w.columns, w.rows, x, w.rows, 1, this.addressOf(w), w.columns, out, w.columns, Number(accumulate));
  }

  /**
   * The way back through out = x W: the gradient by W is added up, the one by x goes to `dX`. Needs
   * `prepareBackward`.
   */
  projectBackward(rows: number, x: Address, w: Matrix, dOut: Address, dX: Address): void {
    const { multiply } = this.#workspace.kernels;
    multiply(w.rows, w.columns, rows, x, 1, w.rows, dOut, w.columns, this.gradientOf(w), w.columns, 1);
    multiply(rows, w.rows, w.columns, dOut, w.columns, 1, this.#transposed + 4 * w.offset, w.rows, dX, w.rows, 0);
  }

  /** Transposes the matrices as they are now. */
  prepareBackward(): void {
    const { transpose } = this.#workspace.kernels;
    const matrices = this.layers.flatMap(({ qkv, output, up, down }) => [qkv, output, up, down]);
    for (const w of [...matrices, this.head]) {
      transpose(w.rows, w.columns, this.addressOf(w), w.columns, this.#transposed + 4 * w.offset, w.rows);
    }
  }

  /** One step of Adam along the accumulated gradient, clipped to length 1, which it clears. */
  adamStep({ learningRate, secondDecay, weightDecay }: AdamSettings): void {
    const { kernels } = this.#workspace;
    const norm = Math.sqrt(kernels.sumOfSquares(this.count, this.#gradients));
    this.optimizerSteps++;
    kernels.adam(
      this.count,
      this.#weights,
      this.#gradients,
      this.#firstMoments,
      this.#secondMoments,
      learningRate / (1 - firstDecay ** this.optimizerSteps),
      firstDecay,
      secondDecay,
      1 / (1 - secondDecay ** this.optimizerSteps),
      norm > gradientClip ? gradientClip / norm : 1,
      learningRate * weightDecay,
    );
    this.gradients.fill(0);
  }

  /** Forgets gradients and moments. */
  resetOptimizer(): void {
    this.gradients.fill(0);
    this.moments.first.fill(0);
    this.moments.second.fill(0);
    this.optimizerSteps = 0;
  }
}

/** A normally distributed number (Box & Muller 1958). */
function standardNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
