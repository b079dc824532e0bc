/**
 * Progress of a command that takes a while, on standard error so that the output stays clean.
 * @module
 */

/**
 * Returns a listener that shows how far something is, how fast it goes and how long it will still take: in place on a terminal, as a
 * line for each tenth elsewhere. The clock starts with the call.
 */
export function consoleProgress(label: string, unit: string): (progress: { done: number; total: number }) => void {
  const { stderr } = process;
  const start = performance.now();
  const resolution = stderr.isTTY ? 1000 : 10;
  let shown = 0;
  return ({ done, total }) => {
    const reached = Math.floor((resolution * done) / total);
    if (reached === shown) return;
    shown = reached;
    const line = `${label}: ${progressText(done, total, (performance.now() - start) / 1000, unit)}`;
    if (!stderr.isTTY) stderr.write(`${line}\n`);
    else stderr.write(`\r${line}\x1b[K${done < total ? "" : "\n"}`);
  };
}

/** For example `40% (400 of 1,000 rows), 200 rows/s, 3 s left`. */
export function progressText(done: number, total: number, seconds: number, unit: string): string {
  const number = (value: number): string => Math.round(value).toLocaleString("en");
  const rate = done / Math.max(seconds, 0.001);
  const percent = Math.floor((100 * done) / total);
  const end = done < total ? `${durationText((total - done) / rate)} left` : `done in ${durationText(seconds)}`;
  return `${percent}% (${number(done)} of ${number(total)} ${unit}), ${number(rate)} ${unit}/s, ${end}`;
}

/** For example `59 s`, `2 min 05 s` or `1 h 02 min`. */
function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  const padded = (value: number): string => String(value).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${padded(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${padded(Math.floor((whole % 3600) / 60))} min`;
}
