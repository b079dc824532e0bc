/**
 * Tells a terminal, or a log file, what a running notebook prints.
 * @module
 */
import type { OutputMessage } from "./kernel.js";
import { plainTextOf } from "./outputs.js";
import type { RunningCell } from "./run.js";

/** Where text goes: `process.stdout`, or something like it. */
interface Terminal {
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
 * Prints a heading line for each cell and then its text as it comes. A display that is updated in place
 * rewrites its line on a terminal; in a log it is repeated now and then. Figures and HTML are left to the
 * page.
 */
export function terminalReporter(terminal: Terminal): TerminalReporter {
  const lines = lineWriter(terminal);
  return {
    onCell({ number, heading, title }) {
      lines.end();
      lines.write(`\n[${number}] ${heading === "" ? title : `${heading} · ${title}`}\n`);
    },
    onOutput({ type, content }) {
      if (type === "clear_output") return;
      const text = type === "stream" ? content.text : plainTextOf(content.data);
      if (text === undefined) return;
      const isProgress = type === "display_data" && content.transient.display_id !== undefined && !text.includes("\n");
      // Another display begins: what the one before it showed last stays.
      if (isProgress) lines.end();
      if (type === "update_display_data" || isProgress) return lines.progress(text);
      if (type === "stream") return lines.write(text);
      lines.end();
      lines.write(`${text.trimEnd()}\n`);
    },
    finish: lines.end,
  };
}

interface LineWriter {
  /** Continues the line, below any progress. */
  write(text: string): void;
  /** Shows the last line of `text` in place of earlier progress. */
  progress(text: string): void;
  /** Ends the line, so that the next text begins a new one. */
  end(): void;
}

function lineWriter(terminal: Terminal): LineWriter {
  let open: "text" | "progress" | null = null;
  /** Progress that the log has not been told yet. */
  let pending = "";
  let lastUpdate = 0;

  const put = (text: string): void => {
    terminal.write(text);
    open = text.endsWith("\n") ? null : "text";
  };
  const end = (): void => {
    if (open) put("\n");
    if (pending !== "") put(`${pending}\n`);
    pending = "";
  };
  return {
    end,
    write(text) {
      if (open === "progress" || pending !== "") end();
      put(text);
    },
    progress(text) {
      const line = text.trim().split("\n").at(-1) ?? "";
      if (terminal.isTTY) {
        if (open === "text") end();
        put(`\r\u001b[K${line.slice(0, (terminal.columns ?? 80) - 1)}`);
        open = "progress";
        return;
      }
      pending = line;
      if (performance.now() - lastUpdate <= quietTime) return;
      lastUpdate = performance.now();
      end();
    },
  };
}
