/**
 * How fast the tiny model answers and learns, how near its matrix products come to what the machine can do,
 * and what a training run takes in memory.
 * @module
 */
import { percentText } from "../../util/format.js";
import { median } from "../../util/numbers.js";
import { measureTask, textTable } from "./measure.js";

/** How many rounds give the medians, and how many steps the training run takes. */
interface NanoBenchmarkOptions {
  runs: number;
  steps: number;
}

/** Medians over the rounds; a round measures the peak and the model one right after the other. */
interface NanoResult {
  /** Tokens a second. */
  sampling: number;
  training: number;
  /** Thousand million float32 operations a second (GFLOP/s). */
  peakRate: number;
  /** The rate of the matrix products, divided by the peak. */
  samplingShare: number;
  trainingShare: number;
  /** Of a training run: seconds a step, and its process's peak memory. */
  secondsPerStep: number;
  peakMegabytes: number;
}

/** Measures the model that ships with the project. */
export async function benchmarkNano({ runs, steps }: NanoBenchmarkOptions): Promise<NanoResult> {
  const { result: rounds } = await measureTask("nanoRounds", { rounds: runs });
  const { result: secondsPerStep, peakMegabytes } = await measureTask("nanoTraining", { steps });
  return {
    sampling: median(rounds.map(({ samplingTokens }) => samplingTokens)),
    training: median(rounds.map(({ trainingTokens }) => trainingTokens)),
    peakRate: median(rounds.map(({ peak }) => peak)) / 1e9,
    samplingShare: median(rounds.map(({ samplingProducts, peak }) => samplingProducts / peak)),
    trainingShare: median(rounds.map(({ trainingProducts, peak }) => trainingProducts / peak)),
    secondsPerStep,
    peakMegabytes,
  };
}

/** The results as a table. */
export function describeNano(result: NanoResult): string {
  return [
    textTable([
      ["", "tokens a second", "matrix products, of the peak"],
      ["sampling", result.sampling.toFixed(0), percentText(result.samplingShare)],
      ["training", result.training.toFixed(0), percentText(result.trainingShare)],
    ]),
    `peak of one core in 128-bit SIMD: ${result.peakRate.toFixed(1)} GFLOP/s`,
    `training run: ${result.secondsPerStep.toFixed(2)} s a step, peak memory ${result.peakMegabytes.toFixed(0)} MB`,
  ].join("\n");
}
