/**
 * Progress of a command that takes a while, on standard error so that the output stays clean.
 * @module
 */

/** How far something is, in units of its own. */
interface Step {
  done: number;
  total: number;
  /** Milliseconds on any clock. */
  time: number;
}

/**
 * Returns a listener that shows how far something is, how fast it goes and how long it will still take: in place on a terminal, as a
 * line for each tenth elsewhere.
 */
export function consoleProgress(label: string, unit: string): (progress: { done: number; total: number }) => void {
  const { stderr } = process;
  const resolution = stderr.isTTY ? 1000 : 10;
  let first: Step | undefined;
  let shown = 0;
  return ({ done, total }) => {
    const step = { done, total, time: performance.now() };
    first ??= step;
    const reached = Math.floor((resolution * done) / total);
    if (reached === shown) return;
    shown = reached;
    const line = `${label}: ${progressText(first, step, unit)}`;
    if (!stderr.isTTY) stderr.write(`${line}\n`);
    else stderr.write(`\r${line}\x1b[K${done < total ? "" : "\n"}`);
  };
}

/**
 * For example `40% (400 of 1,000 rows), 200 rows/s, 3 s left`. The rate is that since the first step, so that loading what the work
 * needs does not count.
 */
export function progressText(first: Step, { done, total, time }: Step, unit: string): string {
  const number = (value: number): string => Math.round(value).toLocaleString("en");
  const counts = `${Math.floor((100 * done) / total)}% (${number(done)} of ${number(total)} ${unit})`;
  if (done === first.done) return counts;
  const rate = (done - first.done) / Math.max(0.001, (time - first.time) / 1000);
  const rest = done < total ? `, ${durationText((total - done) / rate)} left` : "";
  return `${counts}, ${number(rate)} ${unit}/s${rest}`;
}

/** For example `59 s`, `2 min 05 s` or `1 h 02 min`. */
function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  const padded = (value: number): string => String(value).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${padded(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${padded(Math.floor((whole % 3600) / 60))} min`;
}
