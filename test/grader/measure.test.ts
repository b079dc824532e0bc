import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { measureGrader, readGraderCases } from "../../dist/grader/measure.js";
import { openSandbox } from "../../dist/grader/sandbox.js";

const sandbox = openSandbox();
afterAll(() => sandbox.close());

const folder = mkdtempSync(join(tmpdir(), "measure-"));
function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("measureGrader", () => {
  const cases = [
    { gold: "1/2", pred: "0.5", expected: true, stratum: "number" },
    { gold: "1/2", pred: "0.6", expected: false, stratum: "number" },
    { gold: "1/3", pred: "0.3", expected: true, stratum: "rounding" },
    { gold: "1/4", pred: "0.25", expected: false },
  ];

  test("counts right decisions and both kinds of mistakes", async () => {
    const measured = await measureGrader(sandbox, cases);
    expect(measured).toMatchObject({ n: 4, accuracy: 0.5, wrongAccepted: 0.5, rightRefused: 0.5 });
    expect(measured.disagreements).toEqual([cases[3], cases[2]]);
  });

  test("extracts the answer of a whole output first", async () => {
    const outputs = [
      { gold: "1/2", pred: "so \\boxed{0.5}", expected: true, full: true },
      { gold: "1/2", pred: "so \\boxed{0.5}", expected: false },
    ];
    expect(await measureGrader(sandbox, outputs)).toMatchObject({ accuracy: 1 });
  });

  test("tells the time of a decision and of the batch", async () => {
    const { p50Milliseconds, p99Milliseconds, maxMilliseconds, pairsPerSecond } = await measureGrader(sandbox, cases);
    expect(p50Milliseconds).toBeGreaterThan(0);
    expect(p99Milliseconds).toBeGreaterThanOrEqual(p50Milliseconds);
    expect(maxMilliseconds).toBeGreaterThanOrEqual(p99Milliseconds);
    expect(pairsPerSecond).toBeGreaterThan(0);
  });

  test("counts for each kind of pair, and any field tells the kinds apart", async () => {
    const { groups } = await measureGrader(sandbox, cases);
    expect(groups.map(({ group, n, accuracy }) => [group, n, accuracy])).toEqual([
      ["none", 1, 0],
      ["number", 2, 1],
      ["rounding", 1, 0],
    ]);
    const byGold = await measureGrader(sandbox, cases, { by: "gold" });
    expect(byGold.groups.map(({ group }) => group)).toEqual(["1/2", "1/3", "1/4"]);
  });
});

describe("readGraderCases", () => {
  test("reads a pair from each line, with all its fields", async () => {
    const path = fileOf("cases.jsonl", '{"gold": "1", "pred": "2", "expected": false, "rule": "n"}\n\n');
    expect(await readGraderCases(path)).toEqual([{ gold: "1", pred: "2", expected: false, rule: "n" }]);
  });

  test("names the file and the line that is no pair", async () => {
    const path = fileOf("broken.jsonl", '{"gold": "1", "pred": "2", "expected": false}\n\n{"gold": "1"}\n');
    await expect(readGraderCases(path)).rejects.toThrow('broken.jsonl:3: expected a JSON object with "gold"');
    await expect(readGraderCases(fileOf("null.jsonl", "null"))).rejects.toThrow("null.jsonl:1");
  });

  test("refuses a file that is empty or missing", async () => {
    await expect(readGraderCases(fileOf("empty.jsonl", "\n"))).rejects.toThrow("empty.jsonl holds no graded pairs");
    await expect(readGraderCases(join(folder, "missing.jsonl"))).rejects.toThrow(/cannot be read: .*missing\.jsonl/);
  });
});
