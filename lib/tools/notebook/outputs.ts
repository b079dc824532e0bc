/**
 * Collects what the kernel sends into the outputs of a cell, as nbformat stores them.
 * @module
 */
import type { OutputMessage } from "./kernel.js";
import type { MimeBundle, Output } from "./notebook.js";

type DisplayOutput = Extract<Output, { output_type: "display_data" }>;

/** Puts each message into the outputs of its cell. */
export type OutputCollector = (outputs: Output[], message: OutputMessage) => void;

/**
 * A collector for one run: it remembers every display by its id, so that an update lands wherever the display
 * stands.
 */
export function outputCollector(): OutputCollector {
  const displays = new Map<string, DisplayOutput[]>();
  const cleared = new WeakSet<Output[]>();

  const append = (outputs: Output[], output: Output): void => {
    if (cleared.delete(outputs)) {
      outputs.length = 0;
    }
    const last = outputs.at(-1);
    if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
      last.text += output.text;
    } else {
      outputs.push(output);
    }
  };

  return (outputs, { type, content }) => {
    switch (type) {
      case "stream":
        return append(outputs, { output_type: "stream", name: content.name, text: content.text });
      case "clear_output":
        if (content.wait) {
          cleared.add(outputs);
        } else {
          outputs.length = 0;
        }
        return;
      case "update_display_data":
        for (const display of displays.get(content.transient.display_id ?? "") ?? []) {
          display.data = content.data;
          display.metadata = content.metadata;
        }
        return;
      case "display_data": {
        const display: DisplayOutput = { output_type: type, data: content.data, metadata: content.metadata };
        const id = content.transient?.display_id;
        if (id !== undefined) {
          displays.set(id, [...(displays.get(id) ?? []), display]);
        }
        return append(outputs, display);
      }
    }
  };
}

/** What a terminal can show of a bundle: its plain text or else its markdown; undefined if it has neither. */
export function plainTextOf(bundle: MimeBundle): string | undefined {
  const text = bundle["text/plain"] ?? bundle["text/markdown"];
  return typeof text === "string" ? text : undefined;
}

/** All text in `outputs` that a terminal can show, one after the other. */
export function textOfOutputs(outputs: Output[]): string {
  const texts = outputs.map((output) => {
    switch (output.output_type) {
      case "stream":
        return output.text;
      case "error":
        return `${output.traceback.join("\n")}\n`;
      default: {
        const text = plainTextOf(output.data);
        return text === undefined ? "" : `${text}\n`;
      }
    }
  });
  return texts.join("");
}
