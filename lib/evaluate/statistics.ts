/**
 * Means with 95 % intervals that stay honest when several answers share a problem, the exact test of changed
 * answers, the number of problems that a comparison needs, and pass@k.
 * @module
 */
import { mean, sum } from "../util/numbers.js";
import { seededRandom } from "../util/random.js";

/** A mean and its 95 % interval, all in the unit of what was measured. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

/** The smallest and the largest value that a measure can take. */
export type Range = readonly [low: number, high: number];

/** Ranges of a share or reward, and of the difference of two. */
export const shareRange: Range = [0, 1];
export const differenceRange: Range = [-1, 1];

/** The normal quantiles of a two-sided interval or test at 5 %, and of a power of 80 %. */
const significanceQuantile = 1.959964;
const powerQuantile = 0.841621;

const resampleCount = 2000;

/** Fewer pairs cannot reach 5 % in a two-sided sign test, however clear they look: 2 / 2⁵ = 0.0625. */
const fewestProblems = 6;

/**
 * The mean of all values, one list of values a problem, with a 95 % interval for newly drawn problems: whole
 * problems are resampled, never single answers, because answers to one problem resemble each other. The
 * percentiles are widened for small numbers of problems (the expanded percentile interval of Hesterberg,
 * arXiv 1411.5279, section 5.2). Of fewer than six problems the interval is the whole `range`; of problems
 * that all score alike, in which resampling sees no spread, it leaves room for the exact binomial bound on
 * problems that behave otherwise. The same values give the same interval.
 */
export function estimateMean(problems: readonly (readonly number[])[], range: Range): Estimate {
  const sums = problems.map(sum);
  const counts = problems.map((values) => values.length);
  const value = sum(sums) / sum(counts);
  if (problems.length < fewestProblems) return { value, low: range[0], high: range[1] };
  const means = sums.map((sum, i) => sum / (counts[i] as number));
  if (Math.max(...means) - Math.min(...means) < 1e-9) {
    const others = 1 - 0.025 ** (1 / problems.length);
    return { value, low: value - others * (value - range[0]), high: value + others * (range[1] - value) };
  }
  const resampled = resampledMeans(sums, counts);
  const below = Math.floor(lowerPercentile(problems.length) * resampleCount);
  return { value, low: resampled[below] as number, high: resampled[resampleCount - 1 - below] as number };
}

/**
 * The two-sided p-value of McNemar's exact test: how likely a split at least as uneven as `gained` to `lost` is
 * if a changed answer were as likely in one direction as in the other.
 */
export function exactMcNemar(gained: number, lost: number): number {
  const changes = gained + lost;
  let logTerm = changes * Math.log(0.5);
  let tail = 0;
  for (let i = 0; i <= Math.min(gained, lost); i++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((changes - i) / (i + 1));
  }
  return Math.min(1, 2 * tail);
}

/** The means of resampled sets of problems, sorted. */
function resampledMeans(sums: readonly number[], counts: readonly number[]): Float64Array {
  const random = seededRandom(sums.length);
  return Float64Array.from({ length: resampleCount }, () => {
    let total = 0;
    let count = 0;
    for (let draw = 0; draw < sums.length; draw++) {
      const problem = Math.floor(random() * sums.length);
      total += sums[problem] as number;
      count += counts[problem] as number;
    }
    return total / count;
  }).sort();
}

/** The share of resamples to leave out on each side: 2.5 % for many problems, less for few. */
function lowerPercentile(problems: number): number {
  return normalTail(Math.sqrt(problems / (problems - 1)) * studentQuantile(problems - 1));
}

/**
 * The 97.5 % quantile of Student's t (Cornish-Fisher expansion; Abramowitz and Stegun 26.7.5), for 5 degrees
 * of freedom or more.
 */
export function studentQuantile(degrees: number): number {
  const z = significanceQuantile;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / degrees + second / degrees ** 2 + third / degrees ** 3;
}

/** The probability of a standard normal value above `x` ≥ 0 (Abramowitz and Stegun 26.2.17). */
export function normalTail(x: number): number {
  const t = 1 / (1 + 0.2316419 * x);
  const density = Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI);
  return density * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
}

/**
 * How many problems it takes to see a true `difference` four times in five, in a paired comparison whose
 * differences vary from problem to problem as `differences` do: (1.96 + 0.84)² · variance / difference² +
 * 1.96² / 2, the normal approximation with the correction for Student's t of Guenther (The American
 * Statistician 35, 1981). Null where there are fewer than two, or they do not vary, because then they tell
 * nothing of that.
 */
export function problemsNeeded(differences: readonly number[], difference: number): number | null {
  const center = mean(differences);
  const variance = sum(differences.map((value) => (value - center) ** 2)) / (differences.length - 1);
  if (!(variance > 0)) return null;
  const normal = ((significanceQuantile + powerQuantile) ** 2 * variance) / difference ** 2;
  return Math.ceil(normal + significanceQuantile ** 2 / 2);
}

/**
 * The unbiased estimate that at least one of `k` answers is right, from `n` answers of which `right` are
 * (pass@k of Chen et al., arXiv 2107.03374, section 2.1): 1 − C(n − right, k) / C(n, k), in [0, 1], for 1 ≤ k
 * ≤ n.
 */
export function passAtK(n: number, right: number, k: number): number {
  if (n - right < k) return 1;
  let allWrong = 1;
  for (let i = n - right + 1; i <= n; i++) allWrong *= 1 - k / i;
  return 1 - allWrong;
}
