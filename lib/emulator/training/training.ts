/**
 * The training thread, seen from the server.
 * @module
 */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { TrainingInput, TrainingMessage, TrainingReply } from "./training-worker.js";

/** How training ended: every step done, paused as the server replied, or stopped in the middle. */
export type TrainingOutcome = "finished" | "paused" | "stopped";

/** A job that trains. */
export interface Training {
  /** Rejects with what went wrong in the thread, or in writing down what it said. */
  ended: Promise<TrainingOutcome>;
  /** Stops at once; resolves when the thread is gone. */
  stop(): Promise<void>;
}

/** Starts the thread; after each message it waits for the reply that `record` resolves to. */
export function startTraining(
  input: TrainingInput,
  record: (message: TrainingMessage) => Promise<TrainingReply>,
): Training {
  const worker = new Worker(join(__dirname, "training-worker.js"), { workerData: input });
  let outcome: TrainingOutcome = "finished";
  const stop = async (): Promise<void> => {
    outcome = "stopped";
    await worker.terminate();
  };
  const ended = new Promise<TrainingOutcome>((resolve, reject) => {
    const answer = async (message: TrainingMessage): Promise<void> => {
      const reply = await record(message);
      if (reply === "pause") outcome = "paused";
      worker.postMessage(reply);
    };
    worker.on("message", (message: TrainingMessage) => {
      answer(message).catch((error: unknown) => {
        reject(error);
        void stop();
      });
    });
    worker.once("error", reject);
    worker.once("exit", (code) => {
      if (code === 0 || outcome === "stopped") resolve(outcome);
      else reject(new Error(`The training thread ended with the code ${code}.`));
    });
  });
  return { ended, stop };
}
