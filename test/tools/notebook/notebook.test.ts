import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  readNotebook,
  sectionCalled,
  sectionsOf,
  tagsOf,
  writeNotebook,
} from "../../../dist/tools/notebook/notebook.js";
import { codeCell, markdownCell, notebookOf, smallNotebook, temporaryFolder } from "./notebooks.js";

async function fileWith(content: string): Promise<string> {
  const file = join(await temporaryFolder(), "test.ipynb");
  await writeFile(file, content);
  return file;
}

describe("readNotebook", () => {
  test("joins the lines of every text", async () => {
    const { cells } = await readNotebook(smallNotebook);
    expect(cells[3]?.source).toContain("let count = 40;\ncount += 2;\n");
  });

  test("joins the lines of texts in outputs, but leaves lists in JSON alone", async () => {
    const data = { "text/html": ["<b>\n", "</b>"], "application/vnd.x+json": ["a", "b"] };
    const output = { output_type: "display_data", data, metadata: {} };
    const notebook = notebookOf({
      ...codeCell("1"),
      cell_type: "code",
      execution_count: 1,
      outputs: [output as never],
    });
    const { cells } = await readNotebook(await fileWith(JSON.stringify(notebook)));
    expect(cells[0]).toMatchObject({
      outputs: [{ data: { "text/html": "<b>\n</b>", "application/vnd.x+json": ["a", "b"] } }],
    });
  });

  test("gives cells of older notebooks an id", async () => {
    const older = {
      cells: [{ cell_type: "markdown", metadata: {}, source: "a" }],
      metadata: {},
      nbformat: 4,
      nbformat_minor: 4,
    };
    const { cells, nbformat_minor } = await readNotebook(await fileWith(JSON.stringify(older)));
    expect(cells[0]?.id).toMatch(/^[\w-]{1,64}$/);
    expect(nbformat_minor).toBe(5);
  });

  test("names a missing file", async () => {
    await expect(readNotebook("/nowhere/a.ipynb")).rejects.toThrow("Cannot read the notebook /nowhere/a.ipynb");
  });

  test("names a file that is not JSON", async () => {
    const file = await fileWith("{");
    await expect(readNotebook(file)).rejects.toThrow(`${file} is not a notebook: `);
  });

  test("names the place where a file departs from the format", async () => {
    const file = await fileWith(
      JSON.stringify({ cells: [{ cell_type: "code" }], metadata: {}, nbformat: 4, nbformat_minor: 5 }),
    );
    await expect(readNotebook(file)).rejects.toThrow(/not a notebook of nbformat 4:[\s\S]*cells\[0\]\.source/);
  });
});

describe("writeNotebook", () => {
  test("writes what reads back the same, in lines, and leaves no other file", async () => {
    const notebook = await readNotebook(smallNotebook);
    const folder = await temporaryFolder();
    await writeNotebook(join(folder, "copy.ipynb"), notebook);
    expect(await readNotebook(join(folder, "copy.ipynb"))).toEqual(notebook);
    expect(await readFile(join(folder, "copy.ipynb"), "utf8")).toContain('"let count = 40;\\n",\n');
    expect(await readdir(folder)).toEqual(["copy.ipynb"]);
  });
});

test("tagsOf finds the tags of a cell", () => {
  expect(tagsOf(codeCell("1", { tags: ["summary"] }))).toEqual(["summary"]);
  expect(tagsOf(codeCell("1"))).toEqual([]);
});

const notebook = notebookOf(
  markdownCell("# Title\n\n## What you will learn"),
  markdownCell("## 1. Set-up\n\nText"),
  codeCell("1"),
  markdownCell("### More"),
  markdownCell("## 2. Data"),
  codeCell("2"),
  markdownCell("## Glossary"),
);

describe("sections", () => {
  test("begin with a numbered heading and end before the next heading of the same level", () => {
    expect(sectionsOf(notebook)).toEqual([
      { number: 1, title: "Set-up", start: 1, end: 4 },
      { number: 2, title: "Data", start: 4, end: 6 },
    ]);
  });

  test("are found by their number; a wrong one is answered with all there are", () => {
    expect(sectionCalled(notebook, "2").title).toBe("Data");
    for (const wrong of ["3", "two", ""]) {
      expect(() => sectionCalled(notebook, wrong)).toThrow(
        /^There is no section .*There are:\n {2}1\. Set-up\n {2}2\. Data$/s,
      );
    }
  });
});
