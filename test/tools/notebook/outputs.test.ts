import { describe, expect, test } from "vitest";
import type { OutputMessage } from "../../../dist/tools/notebook/kernel.js";
import type { Output } from "../../../dist/tools/notebook/notebook.js";
import { outputCollector, textOfOutputs } from "../../../dist/tools/notebook/outputs.js";

const stream = (text: string, name: "stdout" | "stderr" = "stdout"): OutputMessage => ({
  type: "stream",
  content: { name, text },
});
const display = (type: "display_data" | "update_display_data", text: string, id?: string): OutputMessage => ({
  type,
  content: { data: { "text/plain": text }, metadata: {}, transient: { display_id: id } },
});
const collected = (...messages: OutputMessage[]): Output[] => {
  const outputs: Output[] = [];
  const collect = outputCollector();
  for (const message of messages) {
    collect(outputs, message);
  }
  return outputs;
};

describe("the collector of outputs", () => {
  test("joins what is printed on one stream in a row", () => {
    expect(collected(stream("a"), stream("b\n"), stream("c", "stderr"))).toEqual([
      { output_type: "stream", name: "stdout", text: "ab\n" },
      { output_type: "stream", name: "stderr", text: "c" },
    ]);
  });

  test("updates every display of the same id where it stands", () => {
    const outputs = collected(
      display("display_data", "1", "x"),
      stream("between"),
      display("display_data", "1", "x"),
      display("update_display_data", "2", "x"),
    );
    expect(textOfOutputs(outputs)).toBe("2\nbetween2\n");
  });

  test("keeps displays without an id apart", () => {
    expect(textOfOutputs(collected(display("display_data", "1"), display("display_data", "2")))).toBe("1\n2\n");
  });

  test("clears at once, or with the next output", () => {
    const clear = (wait: boolean): OutputMessage => ({ type: "clear_output", content: { wait } });
    expect(collected(stream("a"), clear(false))).toEqual([]);
    expect(textOfOutputs(collected(stream("a"), clear(true)))).toBe("a");
    expect(textOfOutputs(collected(stream("a"), clear(true), stream("b")))).toBe("b");
  });
});

test("the text of outputs leaves out what a terminal cannot show", () => {
  const html: Output = { output_type: "display_data", data: { "text/html": "<p>" }, metadata: {} };
  const markdown: Output = { output_type: "display_data", data: { "text/markdown": "**b**" }, metadata: {} };
  expect(textOfOutputs([html, markdown])).toBe("**b**\n");
});
