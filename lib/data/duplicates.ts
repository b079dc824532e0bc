/**
 * Which problems were met before: the only thing that grows with the number of rows.
 * @module
 */
import { compactKey } from "./problem-text.js";

/** The rows of one shard whose problem already stood in an earlier row, kept or not. */
export interface Repeats {
  /** First met in the same shard. */
  withinShard: number;
  /** First met in an earlier shard. */
  acrossShards: number;
}

/** The problems met so far, about 100 bytes for each. */
export interface MetProblems {
  /** The index of the shard in which each problem was first met, by its compact key. */
  firstShard: Map<string, number>;
  kept: Set<string>;
  /** One entry for each shard. */
  repeats: Repeats[];
}

/** No problems met: where a preparation of so many shards starts. */
export function noProblemsMet(shards: number): MetProblems {
  return {
    firstShard: new Map(),
    kept: new Set(),
    repeats: Array.from({ length: shards }, () => ({ withinShard: 0, acrossShards: 0 })),
  };
}

/** Enters the problem with this key, met in the shard with this index. */
export function meetProblem({ firstShard, repeats }: MetProblems, key: string, shardIndex: number): void {
  const compact = compactKey(key);
  const first = firstShard.get(compact);
  const counts = repeats[shardIndex] as Repeats;
  if (first === undefined) firstShard.set(compact, shardIndex);
  else if (first === shardIndex) counts.withinShard += 1;
  else counts.acrossShards += 1;
}

/** Marks the problem with this key as kept; false where it already is. */
export function keepProblem({ kept }: MetProblems, key: string): boolean {
  const compact = compactKey(key);
  if (kept.has(compact)) return false;
  kept.add(compact);
  return true;
}
