/** @module What a process used. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { measureCommand, measureTask } from "../../../dist/tools/bench/measure.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "measure-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function script(name: string, source: string): Promise<string> {
  const path = join(folder, `${name}.cjs`);
  await writeFile(path, source);
  return path;
}

describe("measuring a program", () => {
  test("tells its output and its peak memory, not the memory at its end", async () => {
    const idle = await measureCommand(await script("idle", "console.log(process.argv[2])"), ["said"]);
    const hungry = await script(
      "hungry",
      "new Array(8).fill(0).map(() => Buffer.alloc(32 << 20, 1)).length = 0; process.exit()",
    );
    expect(idle.result).toBe("said\n");
    expect(idle.cpuSeconds).toBeGreaterThan(0);
    expect((await measureCommand(hungry, [])).peakMegabytes - idle.peakMegabytes).toBeGreaterThan(250);
  });

  test("tells the failure of a program", async () => {
    const failing = await script("failing", 'console.error("no such shard"); process.exitCode = 3');
    await expect(measureCommand(failing, [])).rejects.toThrow("no such shard");
  });

  test("runs a task in a process of its own", async () => {
    const { result, peakMegabytes } = await measureTask("nanoTraining", { steps: 1 });
    expect(result).toBeGreaterThan(0);
    expect(peakMegabytes).toBeGreaterThan(0);
  });
});
