import { describe, expect, test } from "vitest";
import type { Cell, MimeBundle, Notebook, Output } from "../../../dist/tools/notebook/notebook.js";
import { notebookToHtml } from "../../../dist/tools/notebook/page.js";
import { recordRun } from "../../../dist/tools/notebook/run-facts.js";
import { codeCell, markdownCell, notebookOf } from "./notebooks.js";

const figure: MimeBundle = {
  "text/html": '<div>static</div><script src="https://cdn.example.org/plotly.js"></script>',
  "application/vnd.plotly.v1+json": { data: [{ y: [1, 2], name: "</script><script>alert(1)</script>" }], layout: {} },
  "text/plain": 'Two "curves"',
};
const display = (data: MimeBundle): Output => ({ output_type: "display_data", data, metadata: {} });
const stream = (text: string): Output => ({ output_type: "stream", name: "stdout", text });
const executed = (...outputs: Output[]): Cell => ({
  ...codeCell("f();"),
  cell_type: "code",
  execution_count: 4,
  outputs,
});
const bodyOf = (notebook: Notebook): string =>
  notebookToHtml(notebook).match(/<main[^>]*>([\s\S]*)<\/main>/)?.[1] ?? "";

const factsIn = (page: string): string[] =>
  [...page.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, name, value]) => `${name}: ${value}`);

describe("the page", () => {
  const notebook = notebookOf(
    markdownCell("# Reward & *rollouts*\n\nThe mean is $\\mu$. See <https://example.org/>."),
    executed(stream("Setting   value\nBackend   local emulator\nModel     small\n")),
    markdownCell("## One\n\n### Two"),
    executed(
      display({ "text/html": "<!-- plotly.js --><script>var bundle</script>" }),
      display(figure),
      display(figure),
    ),
  );
  recordRun(notebook, new Date("2026-01-02T03:04:05Z"));
  const page = notebookToHtml(notebook, [{ name: "a & b.jsonl", href: "../a%20%26%20b.jsonl" }]);

  test("takes its title from the first heading", () => {
    expect(page).toContain("<title>Reward &amp; rollouts</title>");
  });

  test("says when, where and with what the notebook ran, and links what it wrote", () => {
    const [date, backend, versions, files, ...more] = factsIn(page);
    expect(date).toBe("Date: 2026-01-02 03:04 UTC");
    expect(backend).toBe("Backend: local emulator");
    expect(versions).toMatch(
      new RegExp(`^Versions: cookbook \\d.*, Node.js ${process.versions.node}, tslab \\d.*, plotly.js \\d`),
    );
    expect(files).toBe('Files: <a href="../a%20%26%20b.jsonl">a &amp; b.jsonl</a>');
    expect(more).toEqual([]);
  });

  test("repeats what the summary says", () => {
    const summary = { ...executed(stream("Backend   Azure\nSeed      1\n")), metadata: { tags: ["summary"] } };
    const other = executed(stream("Backend   local\n"));
    expect(factsIn(notebookToHtml(notebookOf(other, summary)))).toEqual(["Backend: Azure", "Seed: 1"]);
  });

  test("lists the headings below the title", () => {
    expect(page).toMatch(
      /<nav aria-label="Contents">.*<a href="#One">One<\/a>[\s\S]*<a href="#Two">Two<\/a>[\s\S]*<\/nav>/,
    );
    expect(page.match(/<nav[\s\S]*<\/nav>/)?.[0]).not.toContain("Reward");
  });

  test("typesets its mathematics with fonts of its own", () => {
    expect(page).toContain('<span class="katex">');
    expect(page).toContain("url(data:font/woff2;base64,");
    expect(page).not.toMatch(/url\((?!data:)[^)]*\.(woff2?|ttf)/);
  });

  test("loads nothing, and forbids it", () => {
    const markup = page.replace(/<script>[\s\S]*?<\/script>/g, "");
    expect(markup).not.toMatch(/\s(src|srcset|poster|data)\s*=\s*["']?(https?:)?\/\//i);
    expect(markup).not.toMatch(/<(link|iframe|object|embed)\b|@import|url\(["']?(https?:)?\/\//i);
    expect(markup).toContain('http-equiv="Content-Security-Policy" content="default-src \'none\';');
  });

  test("holds plotly.js once, and each figure as data", () => {
    expect(page.match(/Copyright 2012-\d+, Plotly, Inc\./g)).toHaveLength(1);
    expect(page.match(/<figure class="plot" role="img" aria-label="Two &quot;curves&quot;">/g)).toHaveLength(2);
    expect(page).not.toContain("var bundle");
    expect(page).not.toContain("static</div>");
  });

  test("is smaller than 5 MB", () => {
    expect(page.length).toBeLessThan(5_000_000);
  });
});

describe("a page without them", () => {
  const page = notebookToHtml(notebookOf(codeCell("1")));

  test("carries neither plotly.js nor fonts nor contents", () => {
    expect(page).not.toContain("Plotly, Inc.");
    expect(page).not.toContain("@font-face");
    expect(page).not.toContain("<nav");
  });

  test("has a title all the same", () => {
    expect(page).toContain("<title>Notebook</title>");
  });
});

describe("the result", () => {
  const result: Cell = {
    ...executed(display({ "text/markdown": "Accuracy **rises**." }), display(figure)),
    metadata: { tags: ["result"] },
  };
  const body = bodyOf(notebookOf(markdownCell("# Title\n\nText."), result));

  test("stands below the title, above everything else, and again in its place", () => {
    expect(body).toMatch(/<\/h1>\s*<section class="result"[\s\S]*<strong>rises<\/strong>[\s\S]*<figure[\s\S]*Text\./);
    expect(body.match(/<figure/g)).toHaveLength(2);
  });

  test("is missing from a page of a run that did not come so far", () => {
    expect(bodyOf(notebookOf(codeCell("1")))).not.toContain('class="result"');
  });
});

describe("outputs", () => {
  const attack = '</pre></script><script>alert("x")</script><img src=x onerror=alert(1)>';

  test("of text cannot become markup", () => {
    const error: Output = { output_type: "error", ename: "E", evalue: "e", traceback: [attack] };
    const body = bodyOf(notebookOf(executed(stream(attack), display({ "text/plain": attack }), error)));
    expect(body).not.toMatch(/<script|<img/);
    expect(body.match(/&lt;script&gt;alert/g)).toHaveLength(3);
  });

  test("of figures cannot end their script", () => {
    expect(bodyOf(notebookOf(executed(display(figure)))).match(/<\/script/g)).toHaveLength(1);
  });

  test("show HTML, Markdown and images as such", () => {
    const body = bodyOf(
      notebookOf(
        executed(
          display({ "text/html": "<table></table>", "text/plain": "plain" }),
          display({ "text/markdown": "**bold**" }),
          display({ "image/png": "AA\n==" }),
          display({ "image/svg+xml": "<svg onload='alert(1)'/>" }),
        ),
      ),
    );
    expect(body).toContain('<div class="html" tabindex="0"><table></table></div>');
    expect(body).toContain("<strong>bold</strong>");
    expect(body).toContain('src="data:image/png;base64,AA=="');
    expect(body).not.toMatch(/<svg|plain/);
  });
});

describe("a code cell", () => {
  test("shows its number, or that it has not run", () => {
    expect(bodyOf(notebookOf(executed()))).toContain('<span class="count">[4]</span>');
    expect(bodyOf(notebookOf(codeCell("1")))).toContain('<span class="count">[ ]</span>');
  });

  test("is folded under its first line that says something", () => {
    const body = bodyOf(notebookOf(codeCell('import { a } from "b";\n\n// Sum\na(1 < 2);\na(3);')));
    expect(body).toMatch(/<details class="source"><summary>.*a\(1 &lt; 2\);<\/summary>/);
  });
});
