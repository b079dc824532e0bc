/**
 * `npm run grade`: measures the reward's verdicts on pairs of answers whose truth is known.
 * @module
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { messageOf, UserError } from "../errors.js";
import { mathGraderSource } from "../grader/math-grader.js";
import { type GraderSandbox, openSandbox } from "../grader/sandbox.js";
import { runCommand } from "./command.js";

const usage = `
Usage: npm run grade -- --cases FILE.jsonl [--by stratum]

Compares the reward's verdicts with pairs of answers whose truth is known. A line of FILE holds
{"gold": "1/2", "pred": "0.5", "expected": true}, and any further fields to group by.

  --cases FILE  the graded pairs, one JSON object a line
  --by FIELD    also show each value of this field
  --worst N     show at most N wrong verdicts (default 20)

The last line of the output is JSON: the rates as fractions, the times in milliseconds.
`;

interface Case {
  gold: string;
  pred: string;
  expected: boolean;
  [field: string]: unknown;
}

interface Verdict extends Case {
  equal: boolean;
  milliseconds: number;
}

interface Summary {
  n: number;
  accuracy: number;
  /** The share of unequal pairs taken for equal. */
  wrong_accepted: number;
  /** The share of equal pairs taken for unequal. */
  right_refused: number;
  p50_ms: number;
  p99_ms: number;
  max_ms: number;
}

runCommand(usage, async () => {
  const { values } = parseArgs({
    options: { cases: { type: "string" }, by: { type: "string" }, worst: { type: "string", default: "20" } },
  });
  if (values.cases === undefined) {
    throw new UserError("Name the file of graded pairs: npm run grade -- --cases FILE.jsonl");
  }
  const cases = readCases(values.cases);
  const sandbox = openSandbox();
  try {
    await judge(sandbox, cases.slice(0, 1));
    const start = performance.now();
    const verdicts = await judge(sandbox, cases);
    const seconds = (performance.now() - start) / 1000;
    report(verdicts, values.by, Number(values.worst));
    console.log(JSON.stringify({ ...summary(verdicts), pairs_per_s: Math.round(cases.length / seconds) }));
  } finally {
    sandbox.close();
  }
});

function readCases(path: string): Case[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UserError(`The file of graded pairs cannot be read: ${messageOf(error)}`);
  }
  const cases = text
    .split("\n")
    .flatMap((line, i) => (line.trim() === "" ? [] : [parseCase(line, `${path}:${i + 1}`)]));
  if (cases.length === 0) {
    throw new UserError(`${path} holds no graded pairs.`);
  }
  return cases;
}

function parseCase(line: string, where: string): Case {
  try {
    const row = JSON.parse(line) as Partial<Case>;
    if (typeof row.gold === "string" && typeof row.pred === "string" && typeof row.expected === "boolean") {
      return row as Case;
    }
  } catch {
    // Falls through to the same message: the line is not what it should be.
  }
  throw new UserError(`${where}: expected a JSON object with "gold", "pred" (strings) and "expected" (true or false).`);
}

async function judge(sandbox: GraderSandbox, cases: Case[]): Promise<Verdict[]> {
  const argumentLists = cases.map(({ gold, pred }) => [gold, pred]);
  const outcomes = await sandbox.call(mathGraderSource(), "is_equal", argumentLists);
  return cases.map((row, i) => {
    const outcome = outcomes[i];
    if (!outcome?.ok) {
      throw new UserError(`The reward failed on ${JSON.stringify(row)}: ${outcome?.message}`);
    }
    return { ...row, equal: outcome.value === true, milliseconds: outcome.milliseconds };
  });
}

function report(verdicts: Verdict[], by: string | undefined, worst: number): void {
  const wrong = verdicts
    .filter(({ equal, expected }) => equal !== expected)
    .sort((a, b) => Number(a.expected) - Number(b.expected));
  for (const { gold, pred, expected } of wrong.slice(0, worst)) {
    console.log(
      `${expected ? "refused, but right " : "accepted, but wrong"}  ${JSON.stringify(gold)}  ${JSON.stringify(pred)}`,
    );
  }
  if (by !== undefined) {
    const names = [...new Set(verdicts.map((verdict) => String(verdict[by])))].sort();
    const groupOf = (name: string): Verdict[] => verdicts.filter((verdict) => String(verdict[by]) === name);
    console.table(Object.fromEntries(names.map((name) => [name, rounded(summary(groupOf(name)))])));
  }
  console.table([rounded(summary(verdicts))]);
}

function summary(verdicts: Verdict[]): Summary {
  const times = verdicts.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const timeAt = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  const [equal, unequal] = [verdicts.filter(({ expected }) => expected), verdicts.filter(({ expected }) => !expected)];
  return {
    n: verdicts.length,
    accuracy: share(verdicts, ({ equal, expected }) => equal === expected),
    wrong_accepted: share(unequal, ({ equal }) => equal),
    right_refused: share(equal, ({ equal }) => !equal),
    p50_ms: timeAt(0.5),
    p99_ms: timeAt(0.99),
    max_ms: timeAt(1),
  };
}

function share(verdicts: Verdict[], holds: (verdict: Verdict) => boolean): number {
  return verdicts.length === 0 ? 0 : verdicts.filter(holds).length / verdicts.length;
}

function rounded(figures: Summary): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value.toFixed(4))]));
}
