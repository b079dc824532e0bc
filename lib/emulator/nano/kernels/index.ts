/**
 * The arithmetic of the tiny language model as WebAssembly with 128-bit SIMD: everything that runs per token.
 *
 * Matrices are row-major float32 in one linear memory and are passed as byte addresses; sizes and strides
 * count elements and are multiples of 4. Every sum has one fixed order, so that a run repeats bit for bit.
 * @module
 */
export { adam, sumOfSquares } from "./adam";
export { attention, attentionBackward, attentionStep } from "./attention";
export { embed, embedBackward, rmsNorm, rmsNormBackward, rotate, squaredRelu, squaredReluBackward } from "./layers";
export { multiply, transpose } from "./matrix";
export { logProbabilities, logProbabilitiesBackward, softmax } from "./softmax";
