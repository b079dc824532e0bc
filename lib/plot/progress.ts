/**
 * Progress as a bar of text.
 * @module
 */
import { liveDisplay } from "./display.js";
import { percentText } from "./wording.js";

/** How far something is, in any unit. */
export interface Progress {
  done: number;
  total: number;
}

const barLength = 24;

/** Returns a listener that shows a bar under `label`: updated in place in a notebook, a line every tenth on a console. */
export function progressBar(label: string): (progress: Progress) => void {
  const display = liveDisplay();
  const resolution = display.inPlace ? 100 : 10;
  let shown = -1;
  return ({ done, total }) => {
    const share = total > 0 ? done / total : 1;
    const reached = Math.floor(resolution * share);
    if (reached === shown) return;
    shown = reached;
    const counts = `${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}`;
    display.show({ "text/plain": `${label} ${barText(share)} ${percentText(share)} (${counts})` });
  };
}

/** A bar of which `share` is filled. */
export function barText(share: number): string {
  const filled = Math.round(barLength * Math.min(1, share));
  return "█".repeat(filled) + "░".repeat(barLength - filled);
}
