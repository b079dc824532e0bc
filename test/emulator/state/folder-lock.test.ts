/** The lock of a state folder, in this process and between two that race for it; LOCK_RACES says how often. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { lockFolder } from "../../../dist/emulator/state/folder-lock.js";

const races = Number(process.env.LOCK_RACES ?? 20);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Leaves a lock as `lockFolder` makes it, held by the process `pid` that started at `start`. */
async function leaveLock(place: string, pid: number | undefined, start: string): Promise<void> {
  await mkdir(join(place, "lock"), { recursive: true });
  await writeFile(join(place, "lock", `${pid}-${start}-00000000`), "");
}

function deadProcess(): number {
  return spawnSync(process.execPath, ["--version"]).pid;
}

test("is held by one until it is released, and leaves nothing behind", async () => {
  const release = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(`${folder} is in use by the process ${process.pid}. Stop it`);
  await release();
  expect(await readdir(folder)).toEqual([]);
  await (await lockFolder(folder))();
});

test("is respected while its process lives", async () => {
  const [living] = (await startRacers(1)) as [ChildProcess];
  expect(await race([living], folder)).toEqual(["got it"]);
  await expect(lockFolder(folder)).rejects.toThrow(`in use by the process ${living.pid}`);
  await end(living);
  await (await lockFolder(folder))();
});

test("of a process whose start is not known is respected while its number is in use", async () => {
  await leaveLock(folder, process.pid, "");
  await expect(lockFolder(folder)).rejects.toThrow(`in use by the process ${process.pid}`);
});

test("does not last for ever where another process has got the number of a dead one", async ({ skip }) => {
  if (!existsSync("/proc/self/stat")) skip("the system does not tell when a process started");
  await leaveLock(folder, process.pid, "1");
  await (await lockFolder(folder))();
});

test("that a killed process left in the making is taken over", async () => {
  await mkdir(join(folder, "lock"));
  await (await lockFolder(folder))();
});

test("of a dead process goes to exactly one of two that start at the same moment", async () => {
  const racers = await startRacers(2);
  const dead = deadProcess();
  for (let round = 0; round < races; round++) {
    const place = join(folder, String(round));
    await leaveLock(place, dead, "1");
    const outcomes = await race(racers, place);
    const winner = racers[outcomes.indexOf("got it")] as ChildProcess;
    const refusal = expect.stringContaining(`in use by the process ${winner.pid}. Stop it`);
    expect(outcomes, `round ${round}`).toEqual(racers.map((one) => (one === winner ? "got it" : refusal)));
  }
});

/** What a racer does: it takes the lock of each folder it is told, all racers in the same millisecond, and keeps it. */
const racer = `
const { lockFolder } = require(process.argv[1]);
process.on("message", async ({ folder, at }) => {
  while (Date.now() < at);
  process.send(await lockFolder(folder).then(() => "got it", (error) => error.message));
});
process.send("ready");
`;

async function startRacers(count: number): Promise<ChildProcess[]> {
  const path = require.resolve("../../../dist/emulator/state/folder-lock.js");
  const racers = Array.from({ length: count }, () =>
    spawn(process.execPath, ["-e", racer, path], { stdio: ["ignore", "inherit", "inherit", "ipc"] }),
  );
  onTestFinished(() => Promise.all(racers.map(end)).then(() => {}));
  await Promise.all(racers.map((child) => once(child, "message")));
  return racers;
}

async function race(racers: ChildProcess[], place: string): Promise<string[]> {
  const at = Date.now() + 5;
  const replies = racers.map((child) => once(child, "message") as Promise<[string]>);
  for (const child of racers) child.send({ folder: place, at });
  return (await Promise.all(replies)).map(([reply]) => reply);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
