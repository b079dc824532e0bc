/**
 * Numbers and findings in words.
 * @module
 */

/** A reward with two decimals, e.g. `0.31`. */
export function rewardText(reward: number): string {
  return reward.toFixed(2);
}

/** A share as a whole percentage, e.g. `31 %`, which no line break divides. */
export function percentText(share: number): string {
  return `${Math.round(100 * share)}\u00a0%`;
}

/** A count with its noun, e.g. `1 problem`, `2,310 problems`. */
export function countText(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/** The finding of a curve: `subject` rises or falls from the first value to the last, or stays where both read the same. */
export function changeText(subject: string, first: number, last: number, text: (value: number) => string): string {
  const [from, to] = [text(first), text(last)];
  if (from === to) return `${subject} stays at ${from}`;
  return `${subject} ${last > first ? "rises" : "falls"} from ${from} to ${to}`;
}
