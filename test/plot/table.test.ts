import { describe, expect, test, vi } from "vitest";
import { showTable, tableHtml, tableText } from "../../dist/plot/table.js";

const rows = [
  { reason: "no answer", rows: 12, share: 0.01234 },
  { reason: "proof", rows: 13391, share: 0.5 },
];

describe("tableText", () => {
  test("aligns numbers to the right and text to the left", () => {
    expect(tableText(rows, 80)).toBe(
      ["reason       rows    share", "no answer      12  0.01234", "proof      13,391      0.5"].join("\n"),
    );
  });

  test("continues a long text below itself, in its column", () => {
    const text = tableText([{ step: 1, answer: "one two three\n  four five", reward: 0.5 }], 24);
    expect(text).toBe(
      ["step  answer      reward", "   1  one two        0.5", "      three four", "      five"].join("\n"),
    );
  });

  test("shortens what would take more than four lines", () => {
    const lines = tableText([{ answer: "word ".repeat(40) }], 12).split("\n");
    expect(lines).toEqual(["answer", "word word", "word word", "word word", "word word…"]);
  });

  test.each([40, 80, 120])("has no line longer than %i characters", (width) => {
    const wide = Array.from({ length: 8 }, (_, i) => [`column ${i}`, `${"x".repeat(25 * i)} 0.271 (0.240 to 0.304)`]);
    const lines = tableText([Object.fromEntries(wide)], width).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  test("is a list where the columns would become too narrow", () => {
    expect(tableText([{ first: 1, second: "b", third: "c" }], 15)).toBe("first: 1\nsecond: b\nthird: c");
  });

  test("is the word none without rows", () => {
    const printed = vi.spyOn(console, "log").mockImplementation(() => {});
    showTable([]);
    expect(printed).toHaveBeenCalledWith("none");
    printed.mockRestore();
  });

  test("has a column for every key and a dash where a row lacks it", () => {
    expect(tableText([{ a: "1" }, { b: null }], 80)).toBe(["a  b", "1  –", "–  –"].join("\n"));
  });
});

describe("tableHtml", () => {
  test("shows what a text says instead of obeying it", () => {
    const html = tableHtml([{ "<b>": '<script>alert(1)</script> & "' }]);
    expect(html).not.toMatch(/<(script|b)>/);
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;");
  });

  test("leaves no dollar signs between which a notebook would see mathematics", () => {
    expect(tableHtml([{ bound: "$0 to $500" }])).toContain("<span>$</span>0 to <span>$</span>500");
  });

  test("aligns numbers to the right", () => {
    expect(tableHtml(rows)).toContain('<td align="right" style="text-align: right; white-space: pre-wrap">13,391</td>');
  });
});
