/**
 * One emulator for all processes that work on a state folder. It serves until the last of them is gone,
 * and leaves in the folder's lock where it is found. A process that uses it holds a connection to a
 * port of its own: the system closes it however the process ends, so that a killed one counts as gone
 * too.
 * @module
 */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { ConfigurationError } from "../util/errors.js";
import { type EmulatorOptions, startEmulator } from "./emulator.js";
import type { FaultPlan } from "./faults/fault-plan.js";
import { FolderInUse, leaveNote } from "./state/folder-lock.js";

/** An emulator that can be shared: it goes wrong as planned, for everybody. */
export type SharedOptions = EmulatorOptions & { faults: FaultPlan };

/**
 * Where an emulator is, as its command prints it. Who connects to `users_port` of 127.0.0.1 counts as a
 * user.
 */
export interface ReadyLine {
  base_url: string;
  project_endpoint: string;
  arm_endpoint: string;
  api_key: string;
  users_port: number;
}

/** What stands in the lock of a state folder. */
interface Note {
  ready: ReadyLine;
  faults: FaultPlan;
}

/** How long an emulator may take to start or to end, during which its folder is taken and nobody finds it. */
const passingMilliseconds = 30_000;

/**
 * Starts an emulator that ends this process with its last user, or on SIGINT or SIGTERM. The first user
 * stays until the stream `starter` closes. Throws as {@link startEmulator} does.
 */
export async function serve(options: SharedOptions, starter: Readable): Promise<ReadyLine> {
  const emulator = await startEmulator(options);
  const stop = (): void => void emulator.close().then(() => process.exit(0));
  process.once("SIGTERM", stop).once("SIGINT", stop);
  const ready: ReadyLine = {
    base_url: emulator.baseUrl,
    project_endpoint: emulator.projectEndpoint,
    arm_endpoint: emulator.armEndpoint,
    api_key: emulator.apiKey,
    users_port: await countUsers(starter, stop),
  };
  await leaveNote(options.stateDir, JSON.stringify({ ready, faults: options.faults } satisfies Note));
  return ready;
}

/**
 * The emulator that serves the folder already, else a new one as {@link serve} starts it. Throws a
 * `ConfigurationError` that names the process which holds the folder where it is no emulator, or one
 * with another fault plan.
 */
export async function findOrServe(options: SharedOptions, starter: Readable): Promise<ReadyLine> {
  for (const deadline = Date.now() + passingMilliseconds; ; await sleep(100)) {
    try {
      return await serve(options, starter);
    } catch (error) {
      if (!(error instanceof FolderInUse)) throw error;
      if (error.note !== undefined) return readyIn(error.note, options, error);
      if (Date.now() > deadline) throw error;
    }
  }
}

function readyIn(note: string, { faults }: SharedOptions, cause: FolderInUse): ReadyLine {
  let found: Note;
  try {
    found = JSON.parse(note) as Note;
  } catch {
    throw cause;
  }
  if (isDeepStrictEqual(found.faults, faults)) return found.ready;
  throw new ConfigurationError(`An emulator with another fault plan runs already. ${cause.message}`, { cause });
}

/**
 * Counts users until the last one is gone, and then calls `onNone`. Returns the port at which they
 * connect.
 */
async function countUsers(starter: Readable, onNone: () => void): Promise<number> {
  let users = 1;
  const leave = (): void => {
    users -= 1;
    if (users > 0) return;
    server.close();
    onNone();
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    users += 1;
    void whenLeft(socket).then(() => {
      leave();
      // The connection of the last one is closed by the end of this process, for which that one may wait.
      if (users > 0) socket.end();
    });
    socket.write("welcome\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  starter.once("close", leave).resume();
  return (server.address() as AddressInfo).port;
}

/** Resolves once the other side has ended the connection, or it has broken. */
function whenLeft(socket: Socket): Promise<void> {
  return new Promise((left) => {
    socket
      .on("error", () => {})
      .once("end", left)
      .once("close", left)
      .resume();
  });
}
