/**
 * Progress as a bar of text.
 * @module
 */

import { barText, durationText, numberText, paceText, percentText } from "../util/format.js";
import { liveDisplay } from "./display.js";

/** How far something is, in any unit. */
export interface Progress {
  done: number;
  total: number;
  /** Of `done`, what was there from an earlier run. */
  reused?: number;
  /** What it has cost so far; null where that is not known. */
  dollars?: number | null;
}

/**
 * Returns a listener that shows a bar under `label` with the rate and the time left: updated in place in a notebook, a line every
 * tenth on a console. At the end the bar shows the count alone, so that a second run leaves the same output.
 */
export function progressBar(label: string, now = () => performance.now()): (progress: Progress) => void {
  const display = liveDisplay();
  const resolution = display.inPlace ? 100 : 10;
  let start: { time: number; done: number } | undefined;
  let shown = -1;
  return ({ done, total, reused = 0, dollars = null }) => {
    const time = now();
    start ??= { time, done };
    const share = total > 0 ? done / total : 1;
    const reached = Math.floor(resolution * share);
    if (reached === shown) return;
    shown = reached;
    const counts = `${numberText(done)} of ${numberText(total)}`;
    const left = done < total ? leftText(total - done, (1000 * (done - start.done)) / (time - start.time)) : "";
    const kept = reused > 0 ? `, ${numberText(reused)} kept from before` : "";
    const cost = dollars === null ? "" : `, $${dollars.toFixed(2)}`;
    display.show({ "text/plain": `${label} ${barText(share)} ${percentText(share)} (${counts}${kept}${left}${cost})` });
  };
}

/** The rate and the time left at it; empty while there is no rate. */
function leftText(left: number, perSecond: number): string {
  if (!(Number.isFinite(perSecond) && perSecond > 0)) return "";
  return `, ${paceText(perSecond)} a second, ${durationText(left / perSecond)} left`;
}
