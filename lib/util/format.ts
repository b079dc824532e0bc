/**
 * Numbers, durations and findings as text. Counts use American grouping, `2,310`.
 * @module
 */

/** A reward with two decimals, e.g. `0.31`. */
export function rewardText(reward: number): string {
  return reward.toFixed(2);
}

/** A share as a percentage, e.g. `31 %` or, with one decimal, `31.2 %`; no line break divides it. */
export function percentText(share: number, decimals = 0): string {
  return `${(100 * share).toFixed(decimals)}\u00a0%`;
}

/** A difference of shares in percentage points with its sign, e.g. `+31.7`, `−1.8`, `0.0`. */
export function pointsText(difference: number): string {
  const rounded = (100 * difference).toFixed(1);
  return difference > 0 ? `+${rounded}` : rounded.replace("-", "−");
}

/** A whole number with its thousands grouped, e.g. `2,310`. */
export function numberText(value: number): string {
  return value.toLocaleString("en-US");
}

/** Bytes as megabytes (10⁶ bytes) with one decimal, e.g. `73.1 MB`. */
export function megabytesText(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A bar of `length` characters of which `share`, from 0 to 1, is filled. */
export function barText(share: number, length = 24): string {
  const filled = Math.round(length * Math.min(1, share));
  return "█".repeat(filled) + "░".repeat(length - filled);
}

/** A count with its noun, e.g. `1 problem`, `2,310 problems`. */
export function countText(count: number, noun: string): string {
  return `${numberText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** The finding of a curve: `subject` rises or falls from first to last, or stays if both read the same. */
export function changeText(subject: string, first: number, last: number, text: (value: number) => string): string {
  const [from, to] = [text(first), text(last)];
  if (from === to) return `${subject} stays at ${from}`;
  return `${subject} ${last > first ? "rises" : "falls"} from ${from} to ${to}`;
}

/** A duration to the second below a minute and a half, else to the minute: `45 s`, `12 min`, `2 h 5 min`. */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A rate to two digits: `0.35`, `17`, `1,200`. */
export function paceText(rate: number): string {
  return rate.toLocaleString("en-US", { maximumSignificantDigits: 2 });
}

/** The lines of `text`, broken between words so that none is longer than `width` unless a word is. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
