/**
 * Every attack, with each version of Node that is named: the running one, and those whose binaries stand in the
 * variable SANDBOX_TEST_NODES, separated by commas.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { CallOutcome } from "../../dist/grader/sandbox.js";
import { attacks, peeks } from "./sandbox-attacks.js";

const nodes = [process.execPath, ...(process.env.SANDBOX_TEST_NODES?.split(",") ?? [])];

const honest = `
import decimal, fractions, json, math

def grade(sample, item):
    text, answer = sample["output_text"], item["answer"]
    same = fractions.Fraction(text) == fractions.Fraction(answer) and math.isclose(float(text), float(answer))
    return 1.0 if same and json.loads(json.dumps(text)) == text and len(text) == 2 else 0.0
`;

/** Runs graders given on stdin, an honest one after each, and prints what each said: the outcomes and the honest grades. */
const driver = `
const { openSandbox } = require(${JSON.stringify(join(__dirname, "../../dist/grader/sandbox.js"))});
const { sources, honest } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const samples = [[{ output_text: "10" }, { answer: "11" }], [{ output_text: "10" }, { answer: "10" }]];
(async () => {
  const sandbox = openSandbox({ timeLimit: 2 });
  const results = [];
  for (const source of sources) {
    const outcomes = await sandbox.call(source, "grade", samples);
    const grades = await sandbox.call(honest, "grade", samples);
    results.push({ outcomes: outcomes.map((o) => ({ ...o, value: typeof o.value === "string" ? o.value.slice(0, 200) : o.value })), grades });
  }
  sandbox.close();
  console.log(JSON.stringify(results));
})();
`;

interface Result {
  outcomes: CallOutcome[];
  grades: CallOutcome[];
}

/** What became of each source, in order. Fails where the process that owns the sandbox does not end well. */
async function results(node: string, sources: string[]): Promise<Result[]> {
  const running = promisify(execFile)(node, ["-e", driver], {
    env: { SANDBOX_TEST_SECRET: "never seen inside" },
    maxBuffer: 2 ** 26,
  });
  running.child.stdin?.end(JSON.stringify({ sources, honest }));
  return JSON.parse((await running).stdout) as Result[];
}

describe.each(nodes)("with %s", (node) => {
  test("no grader changes what another one says, or ends the process that runs it", async () => {
    const names = Object.keys(attacks);
    const all = await results(node, Object.values(attacks));
    const grades = all.map(({ grades }, i) => [names[i], grades.map((outcome) => outcome.ok && outcome.value)]);
    expect(grades).toEqual(names.map((name) => [name, [0, 1]]));
  }, 600_000);

  test("no grader sees anything of the host", async () => {
    const lines = Object.entries(peeks).map(
      ([name, code]) =>
        `    try:\n        seen[${JSON.stringify(name)}] = str(${code})\n    except BaseException: pass`,
    );
    const source = `def grade(sample, item):\n    seen = {}\n${lines.join("\n")}\n    return seen`;
    const [result] = await results(node, [source]);
    expect(result?.outcomes).toMatchObject([{ value: {} }, { value: {} }]);
    expect(result?.outcomes.map((outcome) => outcome.ok && outcome.value)).toEqual([{}, {}]);
  });
});
