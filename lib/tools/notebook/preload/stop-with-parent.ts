/**
 * Loaded into the kernel before tslab, which does not notice it: ends the kernel within a second of the
 * program that started it, be it Jupyter or the notebook runner, and however that ended. A thread of
 * its own looks, because a cell may keep the main one busy.
 * @module
 */
import { isMainThread, Worker, workerData } from "node:worker_threads";

if (isMainThread) new Worker(__filename, { execArgv: [], workerData: { watchedParent: process.ppid } }).unref();
else if (workerData?.watchedParent) watchParent(workerData.watchedParent);

/**
 * A process whose parent has ended gets another one; on Windows it keeps the number of one that is no
 * more.
 */
function watchParent(parent: number): void {
  setInterval(() => {
    if (process.ppid !== parent || !isAlive(parent)) process.kill(process.pid, "SIGKILL");
  }, 1000);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
