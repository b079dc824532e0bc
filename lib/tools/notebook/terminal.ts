/**
 * Tells a terminal, or a log file, what a running notebook prints.
 * @module
 */
import type { OutputMessage } from "./kernel.js";
import { plainTextOf } from "./outputs.js";
import type { RunningCell } from "./run.js";

/** Where text goes: `process.stdout`, or something like it. */
export interface Terminal {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** The listeners for `runNotebook`, and `finish` for when it has ended. */
export interface TerminalReporter {
  onCell(cell: RunningCell): void;
  onOutput(message: OutputMessage): void;
  finish(): void;
}

/** In a log, a display that changes often is repeated at most once in this many milliseconds. */
const quietTime = 10_000;

/**
 * Prints a heading line for each cell and then its text as it comes. A display that is updated in place rewrites its
 * line where the output is a terminal; elsewhere it is repeated now and then. Figures and HTML are left to the page.
 */
export function terminalReporter(terminal: Terminal): TerminalReporter {
  let isLineOpen = false;
  let isProgressOpen = false;
  let pending = "";
  let lastUpdate = 0;

  const write = (text: string): void => {
    terminal.write(text);
    isLineOpen = !text.endsWith("\n");
    isProgressOpen = false;
  };
  const endLine = (): void => {
    if (isLineOpen) {
      write("\n");
    }
  };
  const endProgress = (): void => {
    if (isProgressOpen) {
      endLine();
    }
    if (pending !== "") {
      endLine();
      write(`${pending}\n`);
      pending = "";
    }
  };
  const showProgress = (text: string): void => {
    const line = text.trim().split("\n").at(-1) ?? "";
    if (terminal.isTTY) {
      if (!isProgressOpen) {
        endLine();
      }
      write(`\r\u001b[K${line.slice(0, (terminal.columns ?? 80) - 1)}`);
      isProgressOpen = true;
      return;
    }
    pending = line;
    if (performance.now() - lastUpdate > quietTime) {
      lastUpdate = performance.now();
      endProgress();
    }
  };
  const finish = (): void => {
    endProgress();
    endLine();
  };

  return {
    onCell({ number, heading, firstLine }) {
      finish();
      write(`\n[${number}] ${heading === "" ? firstLine : `${heading} · ${firstLine}`}\n`);
    },
    onOutput({ type, content }) {
      if (type === "clear_output") return;
      const text = type === "stream" ? content.text : plainTextOf(content.data);
      if (text === undefined) return;
      const isProgress = type === "display_data" && content.transient.display_id !== undefined && !text.includes("\n");
      if (type === "update_display_data" || isProgress) return showProgress(text);
      endProgress();
      if (type === "stream") return write(text);
      endLine();
      write(`${text.trimEnd()}\n`);
    },
    finish,
  };
}
