/**
 * Work that goes on after a request was answered.
 * @module
 */

/** Keeps count of running tasks, so that the emulator can end cleanly. */
export class BackgroundTasks {
  readonly #running = new Set<Promise<void>>();

  /** Starts a task; should it fail, the error goes to standard error. */
  start(task: () => Promise<void>): void {
    const running = task()
      .catch((error: unknown) => console.error(error))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when no task runs any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
