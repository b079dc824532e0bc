/**
 * A decoder-only transformer small enough to train on a laptop's processor: RMSNorm before each block, rotary positions, squared
 * ReLU, an untied output head, no biases and no learned gains. The gradient is written out by hand, mirror-wise to the forward pass.
 * @module
 */
import type { Random } from "../random.js";
import { type Address, Workspace } from "./kernels.js";
import { type NanoConfig, readWeights, writeWeights } from "./weights.js";

/** Sequences side by side, padded to one length; row-major [size, length]. */
export interface Batch {
  /** How many sequences. */
  size: number;
  /** Positions a sequence, a multiple of 8, at most the model's context. */
  length: number;
  tokens: Int32Array;
  /** The token that follows each position. */
  targets: Int32Array;
}

/** How Adam takes a step. */
export interface AdamSettings {
  learningRate: number;
  /** Decay of the second moment. */
  secondDecay: number;
  /** Share of the learning rate by which each weight shrinks. */
  weightDecay: number;
}

interface Matrix {
  /** Index of its first weight. */
  offset: number;
  rows: number;
  columns: number;
}

interface Layer {
  qkv: Matrix;
  output: Matrix;
  up: Matrix;
  down: Matrix;
}

interface LayerActivations {
  normed: Address;
  inverse: Address;
  qkv: Address;
  weights: Address;
  attended: Address;
  normedAgain: Address;
  inverseAgain: Address;
  up: Address;
  hidden: Address;
}

interface Activations {
  batch: Batch;
  tokens: Address;
  targets: Address;
  logProbabilities: Address;
  stream: Address;
  normed: Address;
  inverse: Address;
  logits: Address;
  scratch: Address;
  layers: LayerActivations[];
}

const firstDecay = 0.9;
const gradientClip = 1;

/** The model of `file`, by default the pre-trained one that ships with the project. Throws a UserError where the file is damaged. */
export function loadNano(file?: string): Nano {
  const { config, weights } = readWeights(file);
  const model = new Nano(config);
  model.weights.set(weights);
  return model;
}

/** The language model: its weights, the optimiser's state, and the scratch memory in which it computes. */
export class Nano {
  readonly parameterCount: number;
  /** How many steps the optimiser has taken. */
  optimizerSteps = 0;
  readonly #workspace = new Workspace();
  readonly #embedding: Matrix;
  readonly #layers: Layer[];
  readonly #head: Matrix;
  readonly #weights: Address;
  readonly #gradients: Address;
  readonly #firstMoments: Address;
  readonly #secondMoments: Address;
  /** Every matrix transposed: what the backward pass multiplies by. */
  readonly #transposed: Address;
  readonly #rotations: Address;
  #activations: Activations | undefined;

  /** A model of the given shape with all weights zero. */
  constructor(readonly config: NanoConfig) {
    const { width, vocabulary, context, heads } = config;
    let offset = 0;
    const matrix = (rows: number, columns: number): Matrix => {
      const at = { offset, rows, columns };
      offset += rows * columns;
      return at;
    };
    this.#embedding = matrix(vocabulary, width);
    this.#layers = Array.from({ length: config.layers }, () => ({
      qkv: matrix(width, 3 * width),
      output: matrix(width, width),
      up: matrix(width, 4 * width),
      down: matrix(4 * width, width),
    }));
    this.#head = matrix(width, vocabulary);
    this.parameterCount = offset;

    const permanent = () => this.#workspace.allocate(this.parameterCount);
    this.#weights = permanent();
    this.#gradients = permanent();
    this.#firstMoments = permanent();
    this.#secondMoments = permanent();
    this.#transposed = permanent();
    const headWidth = width / heads;
    this.#rotations = this.#workspace.allocate(context * headWidth);
    this.#workspace.seal();
    this.#workspace.floats(this.#rotations, context * headWidth).set(rotationTable(context, headWidth));
  }

  /** All weights as one view; valid until the model computes again. */
  get weights(): Float32Array {
    return this.#workspace.floats(this.#weights, this.parameterCount);
  }

  /** The accumulated gradient, as a view like `weights`. */
  get gradients(): Float32Array {
    return this.#workspace.floats(this.#gradients, this.parameterCount);
  }

  /** Adam's two moments, as views like `weights`. */
  get moments(): { first: Float32Array; second: Float32Array } {
    return {
      first: this.#workspace.floats(this.#firstMoments, this.parameterCount),
      second: this.#workspace.floats(this.#secondMoments, this.parameterCount),
    };
  }

  /** The embedding [vocabulary, width] and the output head [width, vocabulary], as views like `weights`. */
  get tokenWeights(): { embedding: Float32Array; head: Float32Array } {
    const view = ({ offset, rows, columns }: Matrix) => this.weights.subarray(offset, offset + rows * columns);
    return { embedding: view(this.#embedding), head: view(this.#head) };
  }

  /** Fills the weights with random numbers: normal, scaled by fan-in; what writes to the residual stream starts at zero. */
  initialize(random: Random): void {
    const fill = ({ offset, rows, columns }: Matrix, deviation: number) => {
      const part = this.weights.subarray(offset, offset + rows * columns);
      for (let i = 0; i < part.length; i++) part[i] = deviation * standardNormal(random);
    };
    fill(this.#embedding, 0.5);
    fill(this.#head, 0.02);
    for (const { qkv, output, up, down } of this.#layers) {
      fill(qkv, 1 / Math.sqrt(qkv.rows));
      fill(output, 0);
      fill(up, 1 / Math.sqrt(up.rows));
      fill(down, 0);
    }
  }

  /** A copy with the same weights and a fresh optimiser. */
  clone(): Nano {
    const copy = new Nano(this.config);
    copy.weights.set(this.weights);
    return copy;
  }

  /** Writes the weights, rounded to half precision, whole or not at all. */
  async save(file: string): Promise<void> {
    await writeWeights(file, this.config, this.weights);
  }

  /** The natural log-probability of each target, [size, length]. Keeps what `backward` needs. */
  forward(batch: Batch): Float32Array {
    const { kernels } = this.#workspace;
    const { width, heads, vocabulary } = this.config;
    const rows = batch.size * batch.length;
    const a = this.#reserve(batch);
    this.#workspace.integers(a.tokens, rows).set(batch.tokens);
    this.#workspace.integers(a.targets, rows).set(batch.targets);

    kernels.embed(rows, width, a.tokens, this.#at(this.#embedding), a.stream);
    this.#layers.forEach((layer, index) => {
      const l = a.layers[index] as LayerActivations;
      kernels.rmsNorm(rows, width, a.stream, l.normed, l.inverse);
      this.#project(rows, l.normed, layer.qkv, l.qkv);
      kernels.rotate(rows, batch.length, 0, heads, width / heads, l.qkv, this.#rotations, 1);
      kernels.attention(batch.size, batch.length, heads, width / heads, l.qkv, l.weights, l.attended, a.scratch);
      this.#project(rows, l.attended, layer.output, a.stream, true);
      kernels.rmsNorm(rows, width, a.stream, l.normedAgain, l.inverseAgain);
      this.#project(rows, l.normedAgain, layer.up, l.up);
      kernels.squaredRelu(rows * 4 * width, l.up, l.hidden);
      this.#project(rows, l.hidden, layer.down, a.stream, true);
    });
    kernels.rmsNorm(rows, width, a.stream, a.normed, a.inverse);
    this.#project(rows, a.normed, this.#head, a.logits);
    kernels.logProbabilities(rows, vocabulary, a.logits, a.targets, a.logProbabilities);
    return this.#workspace.floats(a.logProbabilities, rows).slice();
  }

  /** Adds the gradient of -sum(coefficient * log-probability) over the batch of the last `forward`, which it uses up. */
  backward(coefficients: Float32Array): void {
    const a = this.#activations;
    if (!a) throw new Error("backward needs a forward pass before it");
    this.#activations = undefined;
    const { kernels } = this.#workspace;
    const { width, heads, vocabulary } = this.config;
    const { size, length } = a.batch;
    const rows = size * length;
    const coefficient = this.#workspace.allocate(rows);
    const dStream = this.#workspace.allocate(rows * width);
    const dWide = this.#workspace.allocate(rows * 4 * width);
    const dNarrow = this.#workspace.allocate(rows * 4 * width);
    this.#workspace.floats(coefficient, rows).set(coefficients);
    this.#workspace.floats(dStream, rows * width).fill(0);
    this.#transposeAll();

    kernels.logProbabilitiesBackward(rows, vocabulary, a.logits, a.targets, coefficient);
    this.#unproject(rows, a.normed, this.#head, a.logits, dWide);
    kernels.rmsNormBackward(rows, width, a.normed, a.inverse, dWide, dStream);
    for (let index = this.#layers.length - 1; index >= 0; index--) {
      const layer = this.#layers[index] as Layer;
      const l = a.layers[index] as LayerActivations;
      this.#unproject(rows, l.hidden, layer.down, dStream, dWide);
      kernels.squaredReluBackward(rows * 4 * width, l.up, dWide);
      this.#unproject(rows, l.normedAgain, layer.up, dWide, dNarrow);
      kernels.rmsNormBackward(rows, width, l.normedAgain, l.inverseAgain, dNarrow, dStream);
      this.#unproject(rows, l.attended, layer.output, dStream, dWide);
      kernels.attentionBackward(size, length, heads, width / heads, l.qkv, l.weights, dWide, dNarrow, a.scratch);
      kernels.rotate(rows, length, 0, heads, width / heads, dNarrow, this.#rotations, -1);
      this.#unproject(rows, l.normed, layer.qkv, dNarrow, dWide);
      kernels.rmsNormBackward(rows, width, l.normed, l.inverse, dWide, dStream);
    }
    kernels.embedBackward(rows, width, a.tokens, dStream, this.#at(this.#embedding, this.#gradients));
  }

  /** One step of Adam along the accumulated gradient, clipped to length 1, which it clears. Returns the gradient's length before. */
  adamStep({ learningRate, secondDecay, weightDecay }: AdamSettings): number {
    const { kernels } = this.#workspace;
    const norm = Math.sqrt(kernels.sumOfSquares(this.parameterCount, this.#gradients));
    this.optimizerSteps++;
    kernels.adam(
      this.parameterCount,
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
    return norm;
  }

  /** Forgets the optimiser's state. */
  resetOptimizer(): void {
    this.gradients.fill(0);
    this.moments.first.fill(0);
    this.moments.second.fill(0);
    this.optimizerSteps = 0;
  }

  /**
   * Starts decoding `size` sequences together. The function it returns reads one token for each sequence of `slots` at the next
   * position and returns the probabilities of what follows at `temperature`, [slots, vocabulary], as a view valid until the next
   * call. Without a temperature it only fills the cache and returns nothing. A `forward` ends the decoding.
   */
  startDecoding(size: number): (slots: number[], tokens: number[], temperature?: number) => Float32Array | undefined {
    const workspace = this.#workspace;
    const { kernels } = workspace;
    const { width, heads, vocabulary, context } = this.config;
    this.#activations = undefined;
    workspace.reset();
    const [tokenAt, slotAt, inverse] = [size, size, size].map((n) => workspace.allocate(n)) as [number, number, number];
    const stream = workspace.allocate(size * width);
    const normed = workspace.allocate(size * width);
    const qkv = workspace.allocate(size * 3 * width);
    const hidden = workspace.allocate(size * 4 * width);
    const logits = workspace.allocate(size * vocabulary);
    const scratch = workspace.allocate(context);
    const caches = this.#layers.map(() => ({
      keys: workspace.allocate(size * width * context),
      values: workspace.allocate(size * width * context),
    }));
    // Attention multiplies whole groups of eight positions: what lies after the last one has to be finite.
    for (const { keys } of caches) workspace.floats(keys, size * width * context).fill(0);
    let position = 0;

    return (slots, tokens, temperature) => {
      const rows = slots.length;
      workspace.integers(slotAt, rows).set(slots);
      workspace.integers(tokenAt, rows).set(tokens);
      kernels.embed(rows, width, tokenAt, this.#at(this.#embedding), stream);
      this.#layers.forEach((layer, index) => {
        const { keys, values } = caches[index] as { keys: Address; values: Address };
        kernels.rmsNorm(rows, width, stream, normed, inverse);
        this.#project(rows, normed, layer.qkv, qkv);
        kernels.rotate(rows, 1, position, heads, width / heads, qkv, this.#rotations, 1);
        // biome-ignore format: one call
        kernels.attentionStep(rows, slotAt, position, context, heads, width / heads, qkv, keys, values, normed, scratch);
        this.#project(rows, normed, layer.output, stream, true);
        kernels.rmsNorm(rows, width, stream, normed, inverse);
        this.#project(rows, normed, layer.up, hidden);
        kernels.squaredRelu(rows * 4 * width, hidden, hidden);
        this.#project(rows, hidden, layer.down, stream, true);
      });
      position++;
      if (temperature === undefined) return undefined;
      kernels.rmsNorm(rows, width, stream, normed, inverse);
      this.#project(rows, normed, this.#head, logits);
      for (let row = 0; row < rows; row++) {
        kernels.softmax(logits + 4 * row * vocabulary, vocabulary, vocabulary, 1 / temperature);
      }
      return workspace.floats(logits, rows * vocabulary);
    };
  }

  #at(matrix: Matrix, base: Address = this.#weights): Address {
    return base + 4 * matrix.offset;
  }

  /** out = x W, or out += x W. */
  #project(rows: number, x: Address, w: Matrix, out: Address, accumulate = false): void {
    const { multiply } = this.#workspace.kernels;
    multiply(rows, w.columns, w.rows, x, w.rows, 1, this.#at(w), w.columns, out, w.columns, Number(accumulate));
  }

  /** The way back through out = x W: the gradient by W is added up, the one by x goes to `dX`. */
  #unproject(rows: number, x: Address, w: Matrix, dOut: Address, dX: Address): void {
    const { multiply } = this.#workspace.kernels;
    multiply(w.rows, w.columns, rows, x, 1, w.rows, dOut, w.columns, this.#at(w, this.#gradients), w.columns, 1);
    multiply(rows, w.rows, w.columns, dOut, w.columns, 1, this.#at(w, this.#transposed), w.rows, dX, w.rows, 0);
  }

  #transposeAll(): void {
    const matrices = [...this.#layers.flatMap((layer) => Object.values(layer) as Matrix[]), this.#head];
    for (const w of matrices) {
      const { transpose } = this.#workspace.kernels;
      transpose(w.rows, w.columns, this.#at(w), w.columns, this.#at(w, this.#transposed), w.rows);
    }
  }

  #reserve(batch: Batch): Activations {
    const { width, heads, vocabulary } = this.config;
    const { size, length } = batch;
    const rows = size * length;
    this.#workspace.reset();
    const room = (perRow: number) => this.#workspace.allocate(rows * perRow);
    this.#activations = {
      batch,
      tokens: room(1),
      targets: room(1),
      logProbabilities: room(1),
      stream: room(width),
      normed: room(width),
      inverse: room(1),
      logits: room(vocabulary),
      scratch: this.#workspace.allocate((width / heads + length) * length),
      layers: this.#layers.map(() => ({
        normed: room(width),
        inverse: room(1),
        qkv: room(3 * width),
        weights: room(heads * length),
        attended: room(width),
        normedAgain: room(width),
        inverseAgain: room(1),
        up: room(4 * width),
        hidden: room(4 * width),
      })),
    };
    return this.#activations;
  }
}

/** For each position the cosines and then the sines of its angles, [context, headWidth]; wave lengths up to 1,000 positions. */
function rotationTable(context: number, headWidth: number): Float32Array {
  const half = headWidth / 2;
  const table = new Float32Array(context * headWidth);
  for (let position = 0; position < context; position++) {
    for (let j = 0; j < half; j++) {
      const angle = position * 1000 ** (-j / half);
      table[position * headWidth + j] = Math.cos(angle);
      table[position * headWidth + half + j] = Math.sin(angle);
    }
  }
  return table;
}

/** A normally distributed number (Box & Muller 1958). */
function standardNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
