import { describe, expect, test } from "vitest";
import { headingsIn, highlight, markdownRenderer } from "../../../dist/tools/notebook/markdown.js";

const render = (markdown: string): string => markdownRenderer().render(markdown);
const typesetIn = (html: string): string[] =>
  [...html.matchAll(/<annotation[^>]*>(.*?)<\/annotation>/g)].map(([, tex]) => tex ?? "");

describe("mathematics", () => {
  test("is typeset inline", () => {
    expect(typesetIn(render("If $x_1$ and *also $y*z$* hold"))).toEqual(["x_1", "y*z"]);
  });

  test("is typeset as a display, alone and within a paragraph, over several lines", () => {
    const html = render("Before\n$$\na = b\n$$\nafter $$c$$ end");
    expect(typesetIn(html)).toEqual(["a = b", "c"]);
    expect(html.match(/katex-display/g)).toHaveLength(2);
  });

  test("is not seen in prices, code and escaped signs", () => {
    const html = render("From $5 to $10, `$x$` and \\$y\\$.\n\n```\n$z$\n```");
    expect(html).not.toContain("katex");
    expect(html).toContain("From $5 to $10, <code>$x$</code> and $y$.");
  });

  test("that is wrong is shown as it is", () => {
    expect(render("$\\frac{1}$")).toContain("katex-error");
  });
});

describe("headings", () => {
  test("are collected with the anchors that Jupyter gives them", () => {
    const { render, headings } = markdownRenderer();
    expect(render("# The *reward* of `grade()`")).toContain('<h1 id="The-reward-of-grade()">');
    render("## Check\n\n## Check");
    expect(headings).toEqual([
      { level: 1, text: "The reward of grade()", anchor: "The-reward-of-grade()" },
      { level: 2, text: "Check", anchor: "Check" },
      { level: 2, text: "Check", anchor: "Check-1" },
    ]);
  });

  test("lose their marks as plain text, and are not seen in code", () => {
    const markdown = "The [grader](grader.md)\n===\n```sh\n# no heading\n```\n## *Why* $\\alpha$";
    expect(headingsIn(markdown)).toEqual(["The grader", "Why alpha"]);
  });
});

test("images are shown from data alone; others become links", () => {
  expect(render("![dot](data:image/png;base64,AA==)")).toContain('<img src="data:image/png;base64,AA==" alt="dot">');
  expect(render("![far](https://example.org/a.png)")).toContain('<a href="https://example.org/a.png">far</a>');
});

test("TypeScript in a fence is coloured, other text is not", () => {
  expect(render("```ts\nconst a = 1;\n```")).toContain('<span class="keyword">const</span>');
  expect(render("```sh\nnpm start <x>\n```")).toContain('<pre tabindex="0"><code>npm start &lt;x&gt;</code></pre>');
});

test("comments, strings, numbers and keywords get a class each", () => {
  expect(highlight('const n = 1_000.5; // "no string"')).toBe(
    '<span class="keyword">const</span> n = <span class="number">1_000.5</span>; <span class="comment">// &quot;no string&quot;</span>',
  );
});

test("a word inside a string, a member or a property name is no keyword", () => {
  expect(highlight("file.delete(`new\nif`, { default: 1 })")).toBe(
    'file.delete(<span class="string">`new\nif`</span>, { default: <span class="number">1</span> })',
  );
});

test("markup in code is shown as it is", () => {
  expect(highlight("a < b && '</script>'")).toBe(
    'a &lt; b &amp;&amp; <span class="string">&#39;&lt;/script&gt;&#39;</span>',
  );
});
