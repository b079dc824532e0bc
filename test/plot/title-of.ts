/**
 * What a figure claims.
 * @module
 */
import type { Figure } from "../../dist/plot/figure.js";

/** A figure's title as one line of plain text. */
export function titleOf({ layout }: Figure): string {
  return layout.title.text.replaceAll(/<br>|\u00a0/g, " ");
}
