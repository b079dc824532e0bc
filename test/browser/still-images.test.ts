import { expect, test } from "vitest";
import type { Cell, MimeBundle } from "../../dist/tools/notebook/notebook.js";
import { launchChromium } from "../../dist/tools/notebook/programs.js";
import { drawStillImages } from "../../dist/tools/notebook/still-images.js";
import { codeCell, notebookOf } from "../tools/notebook/notebooks.js";

test("every figure gets a PNG of itself in place of the drawing, and nothing else changes", async () => {
  const plot = { data: [{ x: [1, 2], y: [1, 3] }], layout: { height: 200, title: { text: "Rises" } } };
  const html = (image: string): string => `<img src="${image}" alt="Rises"><script>draw()</script>`;
  const figure: MimeBundle = {
    "text/html": html("data:image/svg+xml;base64,AA=="),
    "application/vnd.plotly.v1+json": plot,
  };
  const table: MimeBundle = { "text/html": html("data:image/svg+xml;base64,AA==") };
  const outputs = [figure, table].map((data) => ({ output_type: "display_data" as const, data, metadata: {} }));
  const cell: Cell = { ...codeCell("f();"), cell_type: "code", execution_count: 1, outputs: structuredClone(outputs) };
  const notebook = notebookOf(cell);

  const browser = await launchChromium();
  await drawStillImages(notebook, browser).finally(() => browser.close());

  const [drawn, kept] = notebook.cells.flatMap((cell) => (cell.cell_type === "code" ? cell.outputs : []));
  expect(kept).toEqual(outputs[1]);
  const { "text/html": changed, ...rest } = drawn && "data" in drawn ? drawn.data : {};
  expect(rest).toEqual({ "application/vnd.plotly.v1+json": plot });
  const [, image = ""] = String(changed).match(/src="data:image\/png;base64,([^"]+)"/) ?? [];
  expect(changed).toBe(html(`data:image/png;base64,${image}`));
  const png = Buffer.from(image, "base64");
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([760, 200]);
});
