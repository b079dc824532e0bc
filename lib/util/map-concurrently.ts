/**
 * Many asynchronous tasks, a few at a time.
 * @module
 */

/**
 * What `task` resolves to for each item, in the items' order, with at most `limit` tasks under way. Rejects
 * with the first failure, after which no further task is begun.
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  task: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const remaining = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of remaining) {
      if (failed) return;
      results[index] = await task(item);
    }
  };
  const workers = Array.from({ length: Math.min(limit, items.length) }, worker);
  try {
    await Promise.all(workers);
  } finally {
    failed = true;
  }
  return results;
}
