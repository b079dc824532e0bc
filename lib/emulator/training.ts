/**
 * The training thread, seen from the server.
 * @module
 */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { TrainingInput, TrainingMessage } from "./training-worker.js";

/** A job that trains. */
export interface Training {
  /** True when every step is done, false when it was stopped. Rejects with what went wrong in the thread or in recording it. */
  ended: Promise<boolean>;
  /** Stops at once; resolves when the thread is gone. */
  stop(): Promise<void>;
}

/** Starts the thread; it waits after each message until `record` has resolved. */
export function startTraining(input: TrainingInput, record: (message: TrainingMessage) => Promise<void>): Training {
  const worker = new Worker(join(__dirname, "training-worker.js"), { workerData: input });
  let stopped = false;
  const ended = new Promise<boolean>((resolve, reject) => {
    worker.on("message", (message: TrainingMessage) => {
      record(message).then(
        () => worker.postMessage("recorded"),
        (error: unknown) => {
          reject(error);
          void worker.terminate();
        },
      );
    });
    worker.once("error", reject);
    worker.once("exit", () => resolve(!stopped));
  });
  return {
    ended,
    async stop() {
      stopped = true;
      await worker.terminate();
    },
  };
}
