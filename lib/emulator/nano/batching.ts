/**
 * Sequences of different lengths, side by side in one padded batch.
 * @module
 */

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

/** A prompt and its answer as one run of tokens. */
export interface WeightedSequence {
  tokens: number[];
  /** Where the answer begins. */
  start: number;
  /** How much each token of the answer counts; the prompt never does. */
  weight: number;
}

/** A batch, and for each position the weight of predicting its target. */
export interface WeightedBatch extends Batch {
  coefficients: Float32Array;
}

/** The sequences as one batch, padded to the longest; only the answers' tokens carry weight. */
export function toBatch(sequences: WeightedSequence[]): WeightedBatch {
  const size = sequences.length;
  const longest = Math.max(...sequences.map(({ tokens }) => tokens.length));
  const length = Math.ceil((longest - 1) / 8) * 8;
  const tokens = new Int32Array(size * length);
  const targets = new Int32Array(size * length);
  const coefficients = new Float32Array(size * length);
  sequences.forEach((sequence, row) => {
    const end = sequence.tokens.length - 1;
    tokens.set(sequence.tokens.slice(0, end), row * length);
    targets.set(sequence.tokens.slice(1), row * length);
    coefficients.fill(sequence.weight, row * length + sequence.start - 1, row * length + end);
  });
  return { size, length, tokens, targets, coefficients };
}
