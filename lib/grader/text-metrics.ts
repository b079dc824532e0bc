/**
 * Text similarities that need no word lists: the edit ratio and ROUGE.
 * @module
 */

/** The similarity of two texts in [0, 1] under one of the service's metrics; undefined for a metric that is not computed here. */
export function textSimilarity(metric: string, input: string, reference: string): number | undefined {
  const rouge = /^rouge_([1-5l])$/.exec(metric)?.[1];
  if (metric === "fuzzy_match") return ratio([...input], [...reference]);
  if (rouge === "l") return ratio(words(input), words(reference));
  return rouge ? rougeN(words(input), words(reference), Number(rouge)) : undefined;
}

/** Twice the longest common subsequence over the total length: rapidfuzz's `ratio` on characters, the F measure of ROUGE-L on words. */
function ratio(left: string[], right: string[]): number {
  const total = left.length + right.length;
  return total === 0 ? 1 : (2 * longestCommonSubsequence(left, right)) / total;
}

function longestCommonSubsequence(left: string[], right: string[]): number {
  let previous = new Uint32Array(right.length + 1);
  for (const token of left) {
    const current = new Uint32Array(right.length + 1);
    right.forEach((other, j) => {
      current[j + 1] = token === other ? (previous[j] ?? 0) + 1 : Math.max(previous[j + 1] ?? 0, current[j] ?? 0);
    });
    previous = current;
  }
  return previous[right.length] ?? 0;
}

/** The F measure of shared n-grams (Lin, "ROUGE", 2004). */
function rougeN(left: string[], right: string[], n: number): number {
  const [leftCounts, rightCounts] = [countGrams(left, n), countGrams(right, n)];
  let shared = 0;
  for (const [gram, count] of leftCounts) {
    shared += Math.min(count, rightCounts.get(gram) ?? 0);
  }
  const total = Math.max(left.length - n + 1, 0) + Math.max(right.length - n + 1, 0);
  return total === 0 ? 0 : (2 * shared) / total;
}

function countGrams(tokens: string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= tokens.length; i++) {
    const gram = tokens.slice(i, i + n).join(" ");
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

function words(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}
