/**
 * Stopping a long call: by Ctrl-C on a terminal, or by the stop button of a notebook, which sends the
 * same signal.
 * @module
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { UserError } from "./errors.js";

/**
 * What `work` resolves to. Its signal is `given`, where there is one; else it follows SIGINT while the
 * work goes on, and the call then rejects with a `UserError` that says `farewell`.
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  farewell: string,
  given?: AbortSignal,
): Promise<T> {
  if (given) return work(given);
  // A notebook's kernel runs the beginning of a cell, up to its first await, in a way that takes all
  // listeners of SIGINT away and resets the system's handler at the end: with a listener that was added
  // meanwhile, the next SIGINT would end the process.
  await nextTurn();
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort(new UserError(farewell));
  process.on("SIGINT", interrupt);
  try {
    return await work(interruption.signal);
  } catch (error) {
    interruption.signal.throwIfAborted();
    throw error;
  } finally {
    process.off("SIGINT", interrupt);
  }
}
