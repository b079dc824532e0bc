/**
 * The local emulator as a child process. Its standard input is a pipe from this process: when either ends, the pipe closes
 * and the emulator ends too, so no kernel's death leaves one behind.
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { projectRoot } from "../util/assets.js";
import { UserError } from "../util/errors.js";

/** A running emulator. */
export interface EmulatorProcess {
  baseUrl: string;
  projectEndpoint: string;
  armEndpoint: string;
  apiKey: string;
  /** Ends it and waits until it is gone. */
  close(): Promise<void>;
}

/** What the command prints, as one line of JSON, once it answers. */
interface ReadyLine {
  base_url: string;
  project_endpoint: string;
  arm_endpoint: string;
  api_key: string;
}

const running = new Map<string, Promise<EmulatorProcess>>();

/**
 * The emulator over the state folder `stateDir`: the one this process already runs, else a new one. It does not keep the
 * process alive. Throws a `UserError` with the command's own message if it does not start.
 */
export function emulatorProcess(stateDir: string): Promise<EmulatorProcess> {
  const existing = running.get(stateDir);
  if (existing) return existing;
  const starting = startEmulatorProcess(stateDir, () => running.delete(stateDir));
  running.set(stateDir, starting);
  return starting;
}

async function startEmulatorProcess(stateDir: string, onExit: () => void): Promise<EmulatorProcess> {
  const command = join(projectRoot, "dist/tools/cli/emulator.js");
  const child = spawn(process.execPath, [command, "--state", stateDir], { stdio: "pipe" });
  child.once("exit", onExit);
  const ready = await readyLine(child);
  letProcessEnd(child);
  return {
    baseUrl: ready.base_url,
    projectEndpoint: ready.project_endpoint,
    armEndpoint: ready.arm_endpoint,
    apiKey: ready.api_key,
    close: () => end(child),
  };
}

async function readyLine(child: ChildProcessWithoutNullStreams): Promise<ReadyLine> {
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([once(lines, "line"), once(child, "close")])) as [unknown];
  if (typeof line !== "string") throw new UserError(complaint.trim() || "The local emulator ended while it started.");
  child.stderr.removeAllListeners("data").resume();
  return JSON.parse(line) as ReadyLine;
}

function letProcessEnd(child: ChildProcessWithoutNullStreams): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as Socket).unref();
}

async function end(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.ref();
  child.stdin.end();
  await ended;
}
