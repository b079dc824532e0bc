import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const command = join(__dirname, "../../../dist/tools/cli/grade.js");
const folder = mkdtempSync(join(tmpdir(), "grade-"));

function casesFile(name: string, lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.join("\n"));
  return path;
}

function run(...options: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [command, ...options], { encoding: "utf8" });
}

describe("npm run grade", () => {
  const cases = casesFile("cases.jsonl", [
    '{"gold": "1/2", "pred": "0.5", "expected": true, "stratum": "number"}',
    '{"gold": "1/2", "pred": "0.6", "expected": false, "stratum": "number"}',
    '{"gold": "1/3", "pred": "0.3", "expected": true, "stratum": "rounding"}',
    "",
  ]);

  test("shows the wrong decisions, groups by a field, and ends with one line of JSON, rates as fractions", () => {
    const { stdout, status } = run("--cases", cases, "--by", "stratum");
    expect(status).toBe(0);
    expect(stdout).toContain('refused, but right   "1/3"  "0.3"');
    expect(stdout).toContain("rounding");
    expect(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")).toEqual({
      n: 3,
      accuracy: 2 / 3,
      wrong_accepted: 0,
      right_refused: 0.5,
      pairs_per_s: expect.any(Number),
      p50_ms: expect.any(Number),
      p99_ms: expect.any(Number),
      max_ms: expect.any(Number),
    });
  });

  test("ends with code 2 and what to do where it was called wrongly", () => {
    expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining("--cases FILE.jsonl") });
    expect(run("--cases", join(folder, "missing.jsonl"))).toMatchObject({ status: 2 });
    const broken = casesFile("broken.jsonl", ['{"gold": "1"}']);
    expect(run("--cases", broken)).toMatchObject({ status: 2, stderr: expect.stringContaining("broken.jsonl:1") });
  });
});
