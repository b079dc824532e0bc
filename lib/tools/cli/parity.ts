/**
 * `npm run parity`: whether the grader pays the same on this machine and at the service.
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { connect } from "../../connect/connect.js";
import { loadSettings } from "../../connect/settings.js";
import { mathGrader } from "../../grader/math-grader.js";
import { type GraderCase, readGraderCases } from "../../grader/measure.js";
import { runGrader } from "../../grader/run-grader.js";
import { openSandbox } from "../../grader/sandbox.js";
import { runRemoteGrader } from "../../job/graders.js";
import type { GraderRun, GraderSample } from "../../service/graders.js";
import { projectRoot } from "../../util/assets.js";
import { UserError } from "../../util/errors.js";
import { seededRandom, shuffled } from "../../util/random.js";
import { runCommand } from "./command.js";

const usage = `
Usage: npm run parity -- [--cases FILE.jsonl] [--limit N]

Grades the same outputs in the local sandbox and through the service's graders/run (Azure where .env names it, else the
emulator) and compares the rewards and each of their parts. A line of FILE holds {"gold": "1/2", "pred": "0.5", "expected": true};
the output that is graded holds pred in a box. Exit code 1 where any reward differs.

  --cases FILE  the pairs, one JSON object a line (default test/grader/cases.jsonl)
  --limit N     grade at most N of them, drawn evenly from the whole file (default 200)
`;

interface Gradings {
  service: string;
  here: GraderRun[];
  there: GraderRun[];
}

/** Sums of the same weights may differ in their last digits from one machine to another. */
const tolerance = 1e-9;

runCommand(usage, async () => {
  const { values } = parseArgs({
    options: { cases: { type: "string" }, limit: { type: "string", default: "200" } },
  });
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1)
    throw new UserError(`--limit is "${values.limit}"; give a whole number of at least 1.`);
  const cases = await readGraderCases(values.cases ?? join(projectRoot, "test/grader/cases.jsonl"));
  const samples = shuffled(seededRandom(1), cases).slice(0, limit).map(boxed);
  const { service, here, there } = await gradeTwice(samples);
  const differing = samples.flatMap((sample, i) => differenceOf(sample, here[i] as GraderRun, there[i] as GraderRun));
  for (const difference of differing) console.log(difference);
  console.log(`${samples.length} outputs graded here and by ${service}: ${differing.length} differ`);
  if (differing.length > 0) process.exitCode = 1;
});

function boxed({ gold, pred }: GraderCase): GraderSample {
  return { outputText: `$1 + 1 = 2$, and so on.\nThe answer is $\\boxed{${pred}}$.`, item: { answer: gold } };
}

/** Grading leaves nothing behind, so an emulator gets a state folder for this run alone and minds no notebook's. */
async function gradeTwice(samples: GraderSample[]): Promise<Gradings> {
  const emulatorStateDir = mkdtempSync(join(tmpdir(), "parity-"));
  const settings = loadSettings();
  const sandbox = openSandbox();
  try {
    const connection = await connect({ ...settings, apiKey: settings.apiKey, emulatorStateDir });
    const here = await runGrader(sandbox, mathGrader(), samples);
    const there = await runRemoteGrader(connection, mathGrader(), samples);
    await connection.close();
    return { service: settings.backend === "azure" ? "Azure" : "the emulator", here, there };
  } finally {
    sandbox.close();
    rmSync(emulatorStateDir, { recursive: true, force: true });
  }
}

function differenceOf({ outputText, item }: GraderSample, here: GraderRun, there: GraderRun): string[] {
  const scoresOf = ({ reward, sub_rewards }: GraderRun): Record<string, number> => ({ reward, ...sub_rewards });
  const [ours, theirs] = [scoresOf(here), scoresOf(there)];
  const names = Object.keys({ ...ours, ...theirs }).filter(
    (name) => !(Math.abs((ours[name] ?? Number.NaN) - (theirs[name] ?? Number.NaN)) < tolerance),
  );
  if (names.length === 0) return [];
  const shown = names.map((name) => `${name} ${ours[name] ?? "missing"} here, ${theirs[name] ?? "missing"} there`);
  return [`${JSON.stringify(item.answer)}  ${JSON.stringify(outputText)}  ${shown.join("; ")}`];
}
