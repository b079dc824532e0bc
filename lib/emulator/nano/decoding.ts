/**
 * Decoding one position at a time, many sequences in lock-step, with the keys and values of all earlier
 * positions in a cache.
 * @module
 */
import type { Nano } from "./transformer.js";
import type { Address } from "./workspace.js";

/**
 * Reads one token for each of the sequences `slots` at the next position. Returns the probabilities of what
 * follows at `temperature`, [slots, vocabulary], as a view valid until the next call; without a temperature
 * it only fills the cache.
 */
type Advance = (slots: number[], tokens: number[], temperature?: number) => Float32Array | undefined;

/**
 * Starts `size` empty sequences. They last until the model does anything else. A slot that is omitted once
 * must be omitted from then on.
 */
export function startDecoding({ workspace, parameters, rotations, config }: Nano, size: number): Advance {
  const { kernels } = workspace;
  const { width, heads, vocabulary, context } = config;
  workspace.reset();
  const tokenAt = workspace.allocate(size);
  const slotAt = workspace.allocate(size);
  const inverse = workspace.allocate(size);
  const stream = workspace.allocate(size * width);
  const normed = workspace.allocate(size * width);
  const qkv = workspace.allocate(size * 3 * width);
  const hidden = workspace.allocate(size * 4 * width);
  const logits = workspace.allocate(size * vocabulary);
  const scratch = workspace.allocate(context);
  const caches = parameters.layers.map((layer) => ({
    layer,
    keys: workspace.allocate(size * width * context),
    values: workspace.allocate(size * width * context),
  }));
  // Attention multiplies whole groups of eight positions: what lies after the last one has to be finite.
  for (const { keys } of caches) workspace.floats(keys, size * width * context).fill(0);
  let position = 0;

  const attend = (rows: number, keys: Address, values: Address): void => {
    const headWidth = width / heads;
    kernels.rotate(rows, 1, position, heads, headWidth, qkv, rotations, 1);
    kernels.attentionStep(rows, slotAt, position, context, heads, headWidth, qkv, keys, values, normed, scratch);
  };

  return (slots, tokens, temperature) => {
    const rows = slots.length;
    workspace.integers(slotAt, rows).set(slots);
    workspace.integers(tokenAt, rows).set(tokens);
    kernels.embed(rows, width, tokenAt, parameters.addressOf(parameters.embedding), stream);
    for (const { layer, keys, values } of caches) {
      kernels.rmsNorm(rows, width, stream, normed, inverse);
      parameters.project(rows, normed, layer.qkv, qkv);
      attend(rows, keys, values);
      parameters.project(rows, normed, layer.output, stream, true);
      kernels.rmsNorm(rows, width, stream, normed, inverse);
      parameters.project(rows, normed, layer.up, hidden);
      kernels.squaredRelu(rows * 4 * width, hidden, hidden);
      parameters.project(rows, hidden, layer.down, stream, true);
    }
    position++;
    if (temperature === undefined) return undefined;

    kernels.rmsNorm(rows, width, stream, normed, inverse);
    parameters.project(rows, normed, parameters.head, logits);
    for (let row = 0; row < rows; row++) {
      kernels.softmax(logits + 4 * row * vocabulary, vocabulary, vocabulary, 1 / temperature);
    }
    return workspace.floats(logits, rows * vocabulary);
  };
}
