/**
 * Loaded into the kernel before tslab: sends its messages one after the other. tslab does not wait for a send to end
 * before the next, and zeromq then drops it: a cell that prints a thousand lines at once would lose half of them, and
 * with them the message that it has ended. A send that fails, as to a page that was closed, holds up no other.
 * @module
 */
import { zeromq } from "./zeromq.js";

zeromq.Publisher = class extends zeromq.Publisher {
  #sent = Promise.resolve();

  constructor() {
    super();
    this.sendHighWaterMark = 0;
  }

  override send(frames: string[]): Promise<void> {
    const sent = this.#sent.then(() => super.send(frames));
    this.#sent = sent.catch(() => {});
    return sent;
  }
};

zeromq.Router = class extends zeromq.Router {
  #sent = Promise.resolve();

  override send(frames: string[]): Promise<void> {
    const sent = this.#sent.then(() => super.send(frames));
    this.#sent = sent.catch(() => {});
    return sent;
  }
};
