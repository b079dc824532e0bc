/** @module Texts of unknown origin: problems, models' answers, references. */
import { describe, expect, test } from "vitest";
import { markdownRenderer } from "../../../dist/tools/notebook/markdown.js";

const { renderUntrusted } = markdownRenderer();

describe("untrusted text", () => {
  test.each([
    "<script>alert(1)</script>",
    "text <img src=x onerror=alert(1)> text",
    "<svg/onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "- <iframe src=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<!--><img src=x onerror=alert(1)>-->",
  ])("shows its HTML and does not obey it: %s", (payload) => {
    expect(renderUntrusted(payload)).not.toMatch(/<(?!\/?(p|ul|li|em|strong)>)/);
  });

  test.each([
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:alert(1))",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
  ])("has no link that runs or opens something else: %s", (payload) => {
    expect(renderUntrusted(payload)).not.toMatch(/href="(?!https?:|mailto:|#)/i);
  });

  test("keeps links to pages", () => {
    expect(renderUntrusted("[x](https://example.org/a?b=1&c=2)")).toContain('href="https://example.org/a?b=1&amp;c=2"');
  });

  test.each([
    ["quotes within quotes", ">".repeat(9_000)],
    ["brackets", "[".repeat(9_000)],
    ["braces of a formula", `$${"{".repeat(9_000)}$`],
    ["fractions of a formula", `$${"\\frac".repeat(3_000)}$`],
    ["lists within lists", Array.from({ length: 150 }, (_, i) => `${" ".repeat(2 * i)}- x`).join("\n")],
    ["a text longer than any answer", "x ".repeat(50_000)],
  ])("too deep or too long to render is shown as it is: %s", (_, text) => {
    expect(renderUntrusted(text).length).toBeGreaterThan(100);
  });

  test("sets no length of a formula that would cover the page", () => {
    expect(renderUntrusted("$\\rule{99999em}{99999em}$")).not.toContain("99999em;");
  });
});
