/**
 * How many problems it takes to see a difference.
 * @module
 */

/** The normal quantiles of a two-sided test at 5 % and of a power of 80 %. */
const significanceQuantile = 1.959964;
const powerQuantile = 0.841621;

/**
 * How many problems it takes to see a true `difference` four times in five, in a paired comparison whose differences vary from
 * problem to problem as `differences` do: (1.96 + 0.84)² · variance / difference² + 1.96² / 2, the normal approximation with
 * the correction for Student's t of Guenther (The American Statistician 35, 1981). Null where there are fewer than two, or they
 * do not vary, because then they tell nothing of that.
 */
export function problemsNeeded(differences: readonly number[], difference: number): number | null {
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (differences.length - 1);
  if (!(variance > 0)) return null;
  const normal = ((significanceQuantile + powerQuantile) ** 2 * variance) / difference ** 2;
  return Math.ceil(normal + significanceQuantile ** 2 / 2);
}
