import { describe, expect, test } from "vitest";
import { codeForScript, escapeHtml, jsonForScript, terminalTextToHtml } from "../../dist/util/escape.js";

test("escapeHtml leaves nothing that opens an element or ends an attribute", () => {
  expect(escapeHtml(`<a href="x" id='y'>&`)).toBe("&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;");
});

test("JSON for a script holds no tag and reads back the same", () => {
  const value = { name: "</script><!-- <script>" };
  expect(jsonForScript(value)).not.toContain("<");
  expect(JSON.parse(jsonForScript(value))).toEqual(value);
});

test("code for a script holds no sequence that ends it and means the same", () => {
  const code = codeForScript('"</script>" + "<!--"');
  expect(code).not.toMatch(/<\/script|<!--/i);
  expect(Function(`return ${code}`)()).toBe("</script><!--");
});

describe("terminal text", () => {
  test("loses its colours", () => {
    expect(terminalTextToHtml("\u001b[31mred\u001b[0m & <b>")).toBe("red &amp; &lt;b&gt;");
  });

  test("keeps of a rewritten line what was seen last", () => {
    expect(terminalTextToHtml("10 %\r50 %\r100 %\r\nnext")).toBe("100 %\nnext");
    expect(terminalTextToHtml("10 %\r")).toBe("10 %");
  });
});
