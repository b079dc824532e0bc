/**
 * An executed notebook as one page.
 * @module
 */
import type { Notebook } from "./notebook.js";
import { textOfOutputs } from "./outputs.js";

/** The page. */
export function notebookToHtml(notebook: Notebook): string {
  return notebook.cells.map((cell) => (cell.cell_type === "code" ? textOfOutputs(cell.outputs) : cell.source)).join("");
}
