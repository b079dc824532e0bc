import { describe, expect, test } from "vitest";
import { hashSources, recordRun, runFactsOf } from "../../../dist/tools/notebook/run-facts.js";
import { codeCell, markdownCell, notebookOf } from "./notebooks.js";

describe("the facts of a run", () => {
  test("are those of the last run, without a date where none is given", () => {
    const notebook = notebookOf(codeCell("1"));
    expect(runFactsOf(notebook)).toBeUndefined();
    recordRun(notebook, new Date("2026-01-02T03:04:05Z"));
    expect(runFactsOf(notebook)?.date).toBe("2026-01-02 03:04 UTC");
    recordRun(notebook);
    const { versions } = runFactsOf(notebook) ?? {};
    expect(runFactsOf(notebook)).toEqual({ versions, sources: hashSources(notebook) });
    expect(Object.keys(versions ?? {})).toEqual(["cookbook", "Node.js", "tslab", "plotly.js"]);
  });

  test("name the code that ran: text may change afterwards, code may not", () => {
    const hash = hashSources(notebookOf(markdownCell("a"), codeCell("1")));
    expect(hashSources(notebookOf(markdownCell("b"), codeCell("1")))).toBe(hash);
    expect(hashSources(notebookOf(markdownCell("a"), codeCell("2")))).not.toBe(hash);
  });
});
