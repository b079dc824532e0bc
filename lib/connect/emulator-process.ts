/**
 * The local emulator as a process of its own, which the processes that need it share. Each holds a
 * connection to it, which closes however the process ends; the emulator ends with the last one. It is
 * the leader of a process group, because Jupyter's stop button signals the whole group of the kernel,
 * and a terminal's Ctrl-C its own.
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { projectRoot } from "../util/assets.js";
import { UserError } from "../util/errors.js";

/** A running emulator. */
export interface EmulatorProcess {
  baseUrl: string;
  projectEndpoint: string;
  armEndpoint: string;
  apiKey: string;
  /** Stops using it; where nobody else does, it ends, which this waits for. */
  close(): Promise<void>;
}

/** What the command prints, as one line of JSON, once it answers. */
interface ReadyLine {
  base_url: string;
  project_endpoint: string;
  arm_endpoint: string;
  api_key: string;
  users_port: number;
}

/** An emulator that is just ending is waited for, for about a minute: each look starts a process. */
const maxAttempts = 60;
/** How long a living emulator may take to greet a user. */
const welcomeMilliseconds = 20_000;

const running = new Map<string, Promise<EmulatorProcess>>();

/**
 * The emulator over the state folder `stateDir`: the one that this or another process runs, else a new
 * one. It does not keep the process alive. Where it has died, the next call starts it again. Throws a
 * `UserError` with the command's own message if it does not start, or is not to be shared.
 */
export function emulatorProcess(stateDir: string): Promise<EmulatorProcess> {
  const existing = running.get(stateDir);
  if (existing) return existing;
  const forget = (): void => void running.delete(stateDir);
  const starting = useEmulator(stateDir, forget);
  starting.catch(forget);
  running.set(stateDir, starting);
  return starting;
}

async function useEmulator(stateDir: string, onLost: () => void): Promise<EmulatorProcess> {
  for (let attempt = 1; ; attempt += 1) {
    const child = spawnEmulator(stateDir);
    const ready = await readyLine(child);
    const place = await enter(ready.users_port);
    letGo(child);
    if (place === undefined) {
      if (attempt === maxAttempts) throw new UserError(`The local emulator at ${ready.arm_endpoint} does not answer.`);
      await sleep(100);
      continue;
    }
    place.once("close", onLost).unref();
    return {
      baseUrl: ready.base_url,
      projectEndpoint: ready.project_endpoint,
      armEndpoint: ready.arm_endpoint,
      apiKey: ready.api_key,
      close: () => leave(place),
    };
  }
}

function spawnEmulator(stateDir: string): ChildProcessWithoutNullStreams {
  const command = join(projectRoot, "dist/tools/cli/emulator.js");
  return spawn(process.execPath, [command, "--share", "--state", stateDir], {
    stdio: "pipe",
    detached: true,
    windowsHide: true,
  });
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

/** The connection by which this process counts as a user; undefined where the emulator takes no more. */
async function enter(port: number): Promise<Socket | undefined> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  try {
    await once(socket, "data", { signal: AbortSignal.timeout(welcomeMilliseconds) });
    return socket;
  } catch {
    socket.destroy();
    return undefined;
  }
}

/** From now on the connection says that the emulator is in use; it must not keep this process alive. */
function letGo(child: ChildProcessWithoutNullStreams): void {
  child.stdin.on("error", () => {}).end();
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as Socket).unref();
}

async function leave(place: Socket): Promise<void> {
  if (place.closed) return;
  const closed = once(place, "close");
  place.ref().end();
  await closed;
}
