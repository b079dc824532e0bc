/**
 * Loaded into the kernel before tslab 1.0.22: mends two of its faults.
 * @module
 */
import { createRequire } from "node:module";
import { zeromq } from "../zeromq.js";

// tslab does not wait for a send to end before the next one, and zeromq then drops the message: a cell that
// prints a thousand lines at once would lose half of them, and with them the message that it has ended. So
// messages are sent one after the other; one that fails, e.g. to a page that was closed, does not hold up the
// next.

zeromq.Publisher = class extends zeromq.Publisher {
  readonly #send = inOrder((frames) => super.send(frames));

  constructor() {
    super();
    this.sendHighWaterMark = 0;
  }

  override send(frames: string[]): Promise<void> {
    return this.#send(frames);
  }
};

zeromq.Router = class extends zeromq.Router {
  readonly #send = inOrder((frames) => super.send(frames));

  override send(frames: string[]): Promise<void> {
    return this.#send(frames);
  }
};

function inOrder(send: (frames: string[]) => Promise<void>): typeof send {
  let last = Promise.resolve();
  return (frames) => {
    const sent = last.then(() => send(frames));
    last = sent.catch(() => {});
    return sent;
  };
}

// A file that appears or changes beside the notebook or in a package it imports makes tslab's compiler
// schedule two rebuilds, and the second one fails with "Unexpected pending rebuildTimer": in the next cell,
// or between cells, where it ends the kernel. The kernel recompiles at every cell anyway, so it watches
// nothing. Without the watch, a module that is made or changed while the kernel runs is found after a
// restart.

interface Compiler {
  sys: Record<"watchFile" | "watchDirectory", () => { close(): void }>;
}

const compiler = createRequire(require.resolve("tslab/package.json"))("@tslab/typescript-for-tslab") as Compiler;
compiler.sys.watchFile = () => ({ close() {} });
compiler.sys.watchDirectory = () => ({ close() {} });
