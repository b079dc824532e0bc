/** The committed notebook, which carries the outputs of a run, and its page. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Notebook, readNotebook } from "../../dist/tools/notebook/notebook.js";
import { notebookToHtml } from "../../dist/tools/notebook/page.js";

export const notebookFile = join(__dirname, "../..", "rft_math_reasoning.ipynb");

/** Writes the notebook's page into `folder`; returns its address. */
export async function writePage(folder: string): Promise<string> {
  const file = join(folder, "page.html");
  await writeFile(file, notebookToHtml(await readNotebook(notebookFile)));
  return pathToFileURL(file).href;
}

/** The descriptions of all figures, in their order. */
export async function figureDescriptions(): Promise<string[]> {
  const { cells }: Notebook = await readNotebook(notebookFile);
  const outputs = cells.flatMap((cell) => (cell.cell_type === "code" ? cell.outputs : []));
  return outputs.flatMap((output) => {
    const data = "data" in output ? output.data : {};
    return data["application/vnd.plotly.v1+json"] ? [String(data["text/plain"])] : [];
  });
}
