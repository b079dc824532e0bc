import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import {
  closeUnfinished,
  commitPreparation,
  completePreparation,
  openUnfinished,
} from "../../dist/data/output-folder.js";
import { projectRoot } from "../../dist/util/assets.js";
import { temporaryFolder } from "./shards.js";

const files = ["training.jsonl", "validation.jsonl", "problems.arrow"];
const complete = ["manifest.json", ...files].sort();

async function writeSet(folder: string, content: string, names: readonly string[] = files): Promise<void> {
  for (const name of names) await writeFile(join(folder, name), content);
  const outputs = names.map((file) => ({ file }));
  await writeFile(join(folder, "manifest.json"), JSON.stringify({ content, outputs }));
}

/** The one content of all files; fails where there are several, or where anything else lies in the folder. */
async function contentOf(folder: string): Promise<string> {
  expect((await readdir(folder)).filter((name) => !name.startsWith(".")).sort()).toEqual(complete);
  const { content } = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"));
  for (const name of files) expect(await readFile(join(folder, name), "utf8")).toBe(content);
  return content;
}

describe("files change together:", () => {
  test("they are the earlier ones until all are committed", async () => {
    const output = await temporaryFolder();
    await writeSet(output, "old");
    const folder = await openUnfinished(output);
    await writeSet(folder, "new");
    completePreparation(output);
    expect(await contentOf(output)).toBe("old");
    commitPreparation(folder, output);
    expect(await contentOf(output)).toBe("new");
    await closeUnfinished(folder);
    expect((await readdir(output)).sort()).toEqual(complete);
  });

  test.each([
    [0, "old"],
    [1, "new"],
    [2, "new"],
    [3, "new"],
    [4, "new"],
    [5, "new"],
  ])("a process killed after %i of the five renames leaves the %s ones to the next", async (renames, content) => {
    const output = await temporaryFolder();
    await writeSet(output, "old");
    const child = committingProcess(output, { sets: ["new"], renames });
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    completePreparation(output);
    expect(await contentOf(output)).toBe(content);
    await closeUnfinished(await openUnfinished(output));
    expect((await readdir(output)).sort()).toEqual(complete);
  });

  test("a file that an earlier preparation wrote and the new one does not is gone, another of that name stays", async () => {
    for (const [own, expected] of [
      [["test.jsonl"], complete],
      [[], [...complete, "test.jsonl"].sort()],
    ] as const) {
      const output = await temporaryFolder();
      await writeFile(join(output, "test.jsonl"), "old");
      await writeSet(output, "old", [...files, ...own]);
      const folder = await openUnfinished(output);
      await writeSet(folder, "new");
      commitPreparation(folder, output);
      expect((await readdir(output)).sort()).toEqual(expected);
    }
  });

  test("killed at whatever moment, a process leaves one whole set, and nothing else once the next one has begun", async () => {
    const output = await temporaryFolder();
    await writeSet(output, "-1");
    for (const rounds of [1, 1, 2, 3, 5, 8, 13, 21]) {
      const child = committingProcess(output);
      await roundsOf(child, rounds);
      child.kill("SIGKILL");
      await once(child, "exit");
      completePreparation(output);
      expect(Number(await contentOf(output))).toBeGreaterThanOrEqual(rounds - 1);
      await closeUnfinished(await openUnfinished(output));
      expect((await readdir(output)).sort()).toEqual(complete);
    }
  });
});

/**
 * Commits one set after the other, as fast as it can, and prints a line after each. Where `renames` is given, it kills itself in place
 * of the next one.
 */
function committingProcess(output: string, plan: { sets?: string[]; renames?: number } = {}): ChildProcess {
  const program = `
    const fs = require("node:fs");
    const { sets, renames } = ${JSON.stringify(plan)};
    const { renameSync } = fs;
    let renamed = 0;
    const kill = () => process.kill(process.pid, "SIGKILL");
    fs.renameSync = (from, to) => (renamed++ === renames ? kill() : renameSync(from, to));
    const { openUnfinished, commitPreparation } = require(${JSON.stringify(join(projectRoot, "dist/data/output-folder.js"))});
    const files = ${JSON.stringify(files)};
    (async () => {
      for (let round = 0; !sets || round < sets.length; round++) {
        const content = sets?.[round] ?? String(round);
        const folder = await openUnfinished(${JSON.stringify(output)});
        for (const name of files) fs.writeFileSync(folder + "/" + name, content);
        const outputs = files.map((file) => ({ file }));
        fs.writeFileSync(folder + "/manifest.json", JSON.stringify({ content, outputs }));
        commitPreparation(folder, ${JSON.stringify(output)});
        console.log(round);
      }
      if (renames !== undefined) kill();
    })();`;
  return spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
}

async function roundsOf(child: ChildProcess, rounds: number): Promise<void> {
  let seen = 0;
  for await (const _ of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    seen += 1;
    if (seen === rounds) return;
  }
  throw new Error("the process ended by itself");
}

describe("an output folder", () => {
  test("is made with all folders above it", async () => {
    const output = join(await temporaryFolder(), "a", "b", "c");
    await closeUnfinished(await openUnfinished(output));
    expect(await readdir(output)).toEqual([]);
  });

  test("keeps what a living process is writing, here or elsewhere", async () => {
    const output = await temporaryFolder();
    const here = await openUnfinished(output);
    const elsewhere = join(output, `.preparing-${process.ppid}-abcdef`);
    const abandoned = join(output, `.preparing-${process.pid}-abcdef`);
    for (const folder of [elsewhere, abandoned]) await mkdir(folder);
    const second = await openUnfinished(output);
    expect((await readdir(output)).map((name) => join(output, name)).sort()).toEqual([here, elsewhere, second].sort());
    await closeUnfinished(here);
    await closeUnfinished(second);
  });

  test.runIf(process.platform === "linux")("that the system refuses is named, without an endless search", async () => {
    await expect(openUnfinished("/proc/nowhere/out")).rejects.toThrow(
      /\/proc\/nowhere\/out cannot be written \(ENOENT/,
    );
  });

  test("cannot lie below a file", async () => {
    const file = join(await temporaryFolder(), "file");
    await writeFile(file, "");
    await expect(openUnfinished(join(file, "out"))).rejects.toThrow(/cannot be written \(ENOTDIR/);
    await expect(openUnfinished(file)).rejects.toThrow(/cannot be written \(ENOTDIR/);
  });
});
