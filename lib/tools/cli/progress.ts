/**
 * Progress of a command: one line that a terminal rewrites in place.
 * @module
 */
import { barText } from "../../util/format.js";

/** Where the line goes: `process.stderr`, or something like it. */
interface ProgressTerminal {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** How far something is, in the unit of its total. */
interface ProgressReport {
  label: string;
  done: number;
  total: number;
}

export interface ProgressLine {
  /** Shows how much is done by now; another label begins another count. */
  show(report: ProgressReport): void;
  /** Wipes the line away, so that the next output starts clean. */
  wipe(): void;
}

/** Milliseconds between two showings: what an eye can follow, and what a log can bear. */
const interval = { terminal: 100, log: 10_000 } as const;

/**
 * A line with a bar, the share, the rate and the time left; the bar is shorter on a narrow terminal. What was
 * done at the first call of `show` does not count for the rate. A log, which cannot rewrite lines, gets one
 * every 10 seconds and so none from a quick command. `quantity` is an amount as text with its unit, e.g.
 * `73.1 MB`; `now` is a clock in milliseconds that never goes back.
 */
export function progressLine(
  quantity: (amount: number) => string,
  terminal: ProgressTerminal = process.stderr,
  now = () => performance.now(),
): ProgressLine {
  const width = terminal.isTTY ? (terminal.columns ?? 80) - 1 : Number.POSITIVE_INFINITY;
  let start: { label: string; time: number; done: number } | undefined;
  let shownAt = terminal.isTTY ? Number.NEGATIVE_INFINITY : now();
  let isOpen = false;

  function show({ label, done, total }: ProgressReport): void {
    const time = now();
    if (start?.label !== label) start = { label, time, done };
    const isDue = time - shownAt >= (terminal.isTTY ? interval.terminal : interval.log);
    if (!isDue && !(terminal.isTTY && done === total)) return;
    shownAt = time;
    const rate = (1000 * (done - start.done)) / (time - start.time);
    const text = lineText({ label, done, total }, Number.isFinite(rate) ? rate : 0);
    if (!terminal.isTTY) return void terminal.write(`${text}\n`);
    terminal.write(`\r\u001b[K${text}`);
    isOpen = true;
  }

  function lineText({ label, done, total }: ProgressReport, rate: number): string {
    const share = total > 0 ? done / total : 1;
    const pace = rate > 0 ? `  ${quantity(rate)}/s  ${clockText((total - done) / rate)} left` : "";
    const percent = `${Math.floor(100 * share)} %`.padStart(5);
    const facts = `${percent}  ${quantity(done)} of ${quantity(total)}${pace}`;
    const room = width - label.length - facts.length - 2;
    return `${label} ${barText(share, Math.max(0, Math.min(16, room)))} ${facts}`.slice(0, width);
  }

  function wipe(): void {
    if (isOpen) terminal.write("\r\u001b[K");
    isOpen = false;
  }

  return { show, wipe };
}

/** Seconds as `0:07`, `12:30` or `1:05:00`. */
function clockText(seconds: number): string {
  const whole = Math.ceil(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, i) => (i === 0 ? `${part}` : `${part}`.padStart(2, "0"))).join(":");
}
