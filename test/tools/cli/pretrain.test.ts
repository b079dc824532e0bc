/** @module `npm run pretrain`. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const run = (...options: string[]) => promisify(execFile)(process.execPath, ["dist/tools/cli/pretrain.js", ...options]);

describe("the pretrain command", () => {
  test("explains itself", async () => {
    const { stdout } = await run("--help");
    expect(stdout).toContain("--steps N");
    expect(stdout).toContain("lib/emulator/nano/weights.bin");
  });

  test.each([
    ["--steps", "soon"],
    ["--steps", "1.5"],
    ["--seed", "0"],
  ])("refuses %s %s and says why", async (option, value) => {
    await expect(run(option, value)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${option} takes`),
    });
  });
});
