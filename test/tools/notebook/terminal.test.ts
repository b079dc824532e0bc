import { describe, expect, test } from "vitest";
import type { OutputMessage } from "../../../dist/tools/notebook/kernel.js";
import { type TerminalReporter, terminalReporter } from "../../../dist/tools/notebook/terminal.js";

const cell = { number: 3, position: 7, heading: "Training", title: "Train" };
const display = (
  type: "display_data" | "update_display_data",
  data: Record<string, string>,
  id?: string,
): OutputMessage => ({
  type,
  content: { data, metadata: {}, transient: { display_id: id } },
});
const progress = (text: string, first = false): OutputMessage =>
  display(first ? "display_data" : "update_display_data", { "text/plain": text }, "progress");
const stream = (text: string): OutputMessage => ({ type: "stream", content: { name: "stdout", text } });

function reported(isTTY: boolean, tell: (reporter: TerminalReporter) => void): string {
  let text = "";
  const reporter = terminalReporter({ isTTY, columns: 20, write: (part) => (text += part) });
  tell(reporter);
  reporter.finish();
  return text;
}

describe("the reporter", () => {
  test("heads a cell with its number, its heading and its title", () => {
    expect(reported(false, ({ onCell }) => onCell(cell))).toBe("\n[3] Training · Train\n");
    expect(reported(false, ({ onCell }) => onCell({ ...cell, heading: "" }))).toBe("\n[3] Train\n");
  });

  test("prints streams, plain text and Markdown as they come, and no HTML", () => {
    const text = reported(false, ({ onOutput }) => {
      onOutput(stream("a"));
      onOutput(display("display_data", { "text/html": "<p>" }));
      onOutput(display("display_data", { "text/markdown": "**b**" }));
    });
    expect(text).toBe("a\n**b**\n");
  });

  test("leaves parts of a line together", () => {
    const text = reported(false, ({ onOutput }) => {
      onOutput(stream("a"));
      onOutput(stream("b\n"));
    });
    expect(text).toBe("ab\n");
  });

  test("rewrites one line of a terminal with progress, cut to its width", () => {
    const text = reported(true, ({ onOutput }) => {
      onOutput(progress("step 1", true));
      onOutput(progress("step 2 of very many steps"));
      onOutput(stream("done\n"));
    });
    expect(text).toBe("\r\u001b[Kstep 1\r\u001b[Kstep 2 of very many\ndone\n");
  });

  test("leaves the last state of one display when another begins", () => {
    const text = reported(true, ({ onOutput }) => {
      onOutput(display("display_data", { "text/plain": "first 100 %" }, "a"));
      onOutput(display("display_data", { "text/plain": "second 0 %" }, "b"));
    });
    expect(text).toBe("\r\u001b[Kfirst 100 %\n\r\u001b[Ksecond 0 %\n");
  });

  test("prints of the progress in a log at least the last, before what follows", () => {
    const text = reported(false, ({ onOutput }) => {
      onOutput(progress("step 1", true));
      onOutput(progress("step 2"));
      onOutput(stream("done\n"));
    });
    expect(text).toMatch(/^(step 1\n)?step 2\ndone\n$/);
  });
});
