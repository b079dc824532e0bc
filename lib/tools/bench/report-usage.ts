/**
 * Loaded into a process before its program (`node --require`): at its end, writes what it used as JSON to the
 * file that the environment names.
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { type Usage, usageFileVariable } from "./measure.js";

let largestChildKilobytes = 0;

/**
 * The system keeps the peak of every process; those of child processes are looked up while they live. Linux
 * alone tells them.
 */
function lookAtChildren(): void {
  try {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").split(" ").filter(Boolean);
    for (const child of children) {
      const kilobytes = readFileSync(`/proc/${child}/status`, "utf8").match(/VmHWM:\s*(\d+)/)?.[1];
      largestChildKilobytes = Math.max(largestChildKilobytes, Number(kilobytes ?? 0));
    }
  } catch {
    // Another system, or a child that has just ended.
  }
}

const file = process.env[usageFileVariable];
if (isMainThread && file) {
  setInterval(lookAtChildren, 100).unref();
  process.on("exit", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage: Usage = {
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      peakMegabytes: maxRSS / 1024,
      childrenPeakMegabytes: largestChildKilobytes / 1024,
    };
    writeFileSync(file, JSON.stringify(usage));
  });
}
