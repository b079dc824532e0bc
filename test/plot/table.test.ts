import { describe, expect, test, vi } from "vitest";
import { showTable, tableHtml, tableText } from "../../dist/plot/table.js";

const rows = [
  { reason: "no answer", rows: 12, share: 0.01234 },
  { reason: "proof", rows: 13391, share: 0.5 },
];

describe("tableText", () => {
  test("aligns numbers to the right and text to the left", () => {
    expect(tableText(rows)).toBe(
      ["reason       rows    share", "no answer      12  0.01234", "proof      13,391      0.5"].join("\n"),
    );
  });

  test("puts a long text on one line and shortens it", () => {
    const [, line] = tableText([{ answer: `first\n  ${"x".repeat(100)}` }]).split("\n");
    expect(line).toBe(`first ${"x".repeat(53)}…`);
  });

  test("is the word none without rows", () => {
    const printed = vi.spyOn(console, "log").mockImplementation(() => {});
    showTable([]);
    expect(printed).toHaveBeenCalledWith("none");
    printed.mockRestore();
  });

  test("has a column for every key and a dash where a row lacks it", () => {
    expect(tableText([{ a: "1" }, { b: null }])).toBe(["a  b", "1  –", "–  –"].join("\n"));
  });
});

describe("tableHtml", () => {
  test("shows what a text says instead of obeying it", () => {
    const html = tableHtml([{ "<b>": '<script>alert(1)</script> & "' }]);
    expect(html).not.toMatch(/<(script|b)>/);
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;");
  });

  test("aligns numbers to the right", () => {
    expect(tableHtml(rows)).toContain('<td align="right" style="text-align: right; white-space: pre-wrap">13,391</td>');
  });
});
