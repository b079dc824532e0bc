/**
 * Sums and means of lists of numbers.
 * @module
 */

/** The sum of `values`, 0 of none. */
export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** The arithmetic mean of `values`, NaN of none. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
