/** @module `npm run bench`. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const run = (...options: string[]) => promisify(execFile)(process.execPath, ["dist/tools/cli/bench.js", ...options]);

const lastLine = (output: string): unknown => JSON.parse(output.trimEnd().split("\n").at(-1) ?? "");

describe("the bench command", () => {
  test.each([[[]], [["everything"]], [["nano", "evaluate"]]])("refuses %j and says what it takes", async (words) => {
    const stderr = `Name one benchmark: data, nano or evaluate, not "${words.join(" ")}". --help explains them.\n`;
    await expect(run(...words)).rejects.toMatchObject({ code: 2, stderr });
  });

  test("measures the tiny model and ends with one line of JSON", async () => {
    const { stdout } = await run("nano", "--runs", "1", "--steps", "1");
    expect(stdout).toContain("tokens a second");
    const { training_share: share } = lastLine(stdout) as { training_share: number };
    expect(share).toBeGreaterThan(0);
  });
});
