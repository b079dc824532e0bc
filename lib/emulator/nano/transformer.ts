/**
 * A decoder-only transformer small enough to train on a laptop's processor: RMSNorm before each block, rotary
 * positions, squared ReLU, an untied output head, no biases and no learned gains. The gradient is written out
 * by hand, mirror-wise to the forward pass.
 * @module
 */
import type { Batch } from "./batching.js";
import { type Layer, Parameters } from "./parameters.js";
import { type NanoConfig, readWeights, writeWeights } from "./weights.js";
import { type Address, Workspace } from "./workspace.js";

interface LayerActivations {
  layer: Layer;
  normed: Address;
  inverse: Address;
  qkv: Address;
  attention: Address;
  attended: Address;
  normedAgain: Address;
  inverseAgain: Address;
  up: Address;
  hidden: Address;
}

interface Activations {
  batch: Batch;
  /** The workspace's reset count: once it has moved on, these addresses hold something else. */
  era: number;
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

/**
 * The model of `file`, by default the pre-trained one that ships with the project. Throws a `DataError` if
 * the file is damaged.
 */
export function loadNano(file?: string): Nano {
  const { config, weights } = readWeights(file);
  const model = new Nano(config);
  model.weights.set(weights);
  return model;
}

/** The language model: its parameters and the memory in which it computes. */
export class Nano {
  readonly workspace = new Workspace();
  readonly parameters: Parameters;
  /** Cosines and sines of the rotary positions, as the kernels read them. */
  readonly rotations: Address;
  #activations: Activations | undefined;

  /** A model of the given shape with all weights zero. */
  constructor(readonly config: NanoConfig) {
    const { context, width, heads } = config;
    const table = rotationTable(context, width / heads);
    this.parameters = new Parameters(this.workspace, config);
    this.rotations = this.workspace.allocate(table.length);
    this.workspace.seal();
    this.workspace.floats(this.rotations, table.length).set(table);
  }

  get parameterCount(): number {
    return this.parameters.count;
  }

  /** All weights as one view; valid until the model computes again. */
  get weights(): Float32Array {
    return this.parameters.weights;
  }

  /** A copy with the same weights and a fresh optimiser. */
  clone(): Nano {
    const copy = new Nano(this.config);
    copy.weights.set(this.weights);
    return copy;
  }

  /** Writes the weights, rounded to half precision, whole or not at all. */
  save(file: string): Promise<string> {
    return writeWeights(file, this.config, this.weights);
  }

  /** The natural log-probability of each target, [size, length]. Keeps what `backward` needs. */
  forward(batch: Batch): Float32Array {
    const { parameters, workspace, rotations } = this;
    const { kernels } = workspace;
    const { width, heads, vocabulary } = this.config;
    const { size, length } = batch;
    const rows = size * length;
    const a = this.#reserve(batch);
    workspace.integers(a.tokens, rows).set(batch.tokens);
    workspace.integers(a.targets, rows).set(batch.targets);

    kernels.embed(rows, width, a.tokens, parameters.addressOf(parameters.embedding), a.stream);
    for (const { layer, ...l } of a.layers) {
      kernels.rmsNorm(rows, width, a.stream, l.normed, l.inverse);
      parameters.project(rows, l.normed, layer.qkv, l.qkv);
      kernels.rotate(rows, length, 0, heads, width / heads, l.qkv, rotations, 1);
      kernels.attention(size, length, heads, width / heads, l.qkv, l.attention, l.attended, a.scratch);
      parameters.project(rows, l.attended, layer.output, a.stream, true);
      kernels.rmsNorm(rows, width, a.stream, l.normedAgain, l.inverseAgain);
      parameters.project(rows, l.normedAgain, layer.up, l.up);
      kernels.squaredRelu(rows * 4 * width, l.up, l.hidden);
      parameters.project(rows, l.hidden, layer.down, a.stream, true);
    }
    kernels.rmsNorm(rows, width, a.stream, a.normed, a.inverse);
    parameters.project(rows, a.normed, parameters.head, a.logits);
    kernels.logProbabilities(rows, vocabulary, a.logits, a.targets, a.logProbabilities);
    return workspace.floats(a.logProbabilities, rows).slice();
  }

  /**
   * Adds the gradient of -sum(coefficient * log-probability) over the batch of the last `forward`, which it
   * uses up. Throws if the model has decoded in between.
   */
  backward(coefficients: Float32Array): void {
    const { parameters, workspace, rotations } = this;
    const a = this.#activations;
    if (a?.era !== workspace.resets) throw new Error("backward needs a forward pass right before it");
    this.#activations = undefined;
    const { kernels } = workspace;
    const { width, heads, vocabulary } = this.config;
    const { size, length } = a.batch;
    const rows = size * length;
    const coefficient = workspace.allocate(rows);
    const dStream = workspace.allocate(rows * width);
    const dWide = workspace.allocate(rows * 4 * width);
    const dNarrow = workspace.allocate(rows * 4 * width);
    workspace.floats(coefficient, rows).set(coefficients);
    workspace.floats(dStream, rows * width).fill(0);
    parameters.prepareBackward();

    kernels.logProbabilitiesBackward(rows, vocabulary, a.logits, a.targets, coefficient);
    parameters.projectBackward(rows, a.normed, parameters.head, a.logits, dWide);
    kernels.rmsNormBackward(rows, width, a.normed, a.inverse, dWide, dStream);
    for (const { layer, ...l } of a.layers.toReversed()) {
      parameters.projectBackward(rows, l.hidden, layer.down, dStream, dWide);
      kernels.squaredReluBackward(rows * 4 * width, l.up, dWide);
      parameters.projectBackward(rows, l.normedAgain, layer.up, dWide, dNarrow);
      kernels.rmsNormBackward(rows, width, l.normedAgain, l.inverseAgain, dNarrow, dStream);
      parameters.projectBackward(rows, l.attended, layer.output, dStream, dWide);
      kernels.attentionBackward(size, length, heads, width / heads, l.qkv, l.attention, dWide, dNarrow, a.scratch);
      kernels.rotate(rows, length, 0, heads, width / heads, dNarrow, rotations, -1);
      parameters.projectBackward(rows, l.normed, layer.qkv, dNarrow, dWide);
      kernels.rmsNormBackward(rows, width, l.normed, l.inverse, dWide, dStream);
    }
    kernels.embedBackward(rows, width, a.tokens, dStream, parameters.gradientOf(parameters.embedding));
  }

  #reserve(batch: Batch): Activations {
    const { workspace, config } = this;
    const { width, heads, vocabulary } = config;
    const rows = batch.size * batch.length;
    workspace.reset();
    const room = (perRow: number) => workspace.allocate(rows * perRow);
    this.#activations = {
      batch,
      era: workspace.resets,
      tokens: room(1),
      targets: room(1),
      logProbabilities: room(1),
      stream: room(width),
      normed: room(width),
      inverse: room(1),
      logits: room(vocabulary),
      scratch: workspace.allocate((width / heads + batch.length) * batch.length),
      layers: this.parameters.layers.map((layer) => ({
        layer,
        normed: room(width),
        inverse: room(1),
        qkv: room(3 * width),
        attention: room(heads * batch.length),
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

/**
 * For each position the cosines and then the sines of its angles, [context, headWidth]; wave lengths up to
 * 1,000 positions.
 */
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
