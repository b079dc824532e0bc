import { describe, expect, test } from "vitest";
import { sectionCalled, sectionsOf } from "../../../dist/tools/notebook/sections.js";
import { codeCell, markdownCell, notebookOf } from "./notebooks.js";

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
