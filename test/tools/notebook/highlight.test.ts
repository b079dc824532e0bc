import { expect, test } from "vitest";
import { highlight } from "../../../dist/tools/notebook/highlight.js";

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
