/**
 * Long-running operations of the control plane, which clients follow until they have ended.
 * @module
 */
import type { BackgroundTasks } from "./background-tasks.js";
import { newHex } from "./ids.js";

/** How an operation stands, in the words of Azure Resource Manager. */
export type OperationStatus = "InProgress" | "Succeeded" | "Failed";

/** The operations since the start. */
export class Operations {
  readonly #tasks: BackgroundTasks;
  readonly #statuses = new Map<string, OperationStatus>();

  constructor(tasks: BackgroundTasks) {
    this.#tasks = tasks;
  }

  /** Starts an operation and returns its id; it has failed where `work` rejects. */
  start(work: () => Promise<void>): string {
    const id = newHex();
    this.#statuses.set(id, "InProgress");
    this.#tasks.start(async () => {
      this.#statuses.set(id, await outcomeOf(work));
    });
    return id;
  }

  /** How the operation stands; undefined for an unknown one. */
  status(id: string): OperationStatus | undefined {
    return this.#statuses.get(id);
  }
}

async function outcomeOf(work: () => Promise<void>): Promise<OperationStatus> {
  try {
    await work();
    return "Succeeded";
  } catch {
    return "Failed";
  }
}
