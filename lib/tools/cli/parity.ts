/**
 * `npm run parity`: whether the grader pays the same on this machine and at the service.
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GraderCase } from "../../grader/measure.js";
import type { GraderRun, GraderSample } from "../../service/graders.js";
import { projectRoot } from "../../util/assets.js";
import { seededRandom, shuffled } from "../../util/random.js";
import { defineCommand, text, whole } from "./command.js";

interface Gradings {
  service: string;
  here: GraderRun[];
  there: GraderRun[];
}

/** Sums of the same weights may differ in their last digits from one machine to another. */
const tolerance = 1e-9;

defineCommand({
  call: "npm run parity",
  purpose: `
Grades the same outputs in the local sandbox and through the service's graders/run (Azure if .env names it, else
the emulator) and compares the rewards and each of their parts. A line of FILE holds
{"gold": "1/2", "pred": "0.5", "expected": true}; the output that is graded holds pred in a box.`,
  options: {
    cases: text("FILE", "the pairs, one JSON object a line", join(projectRoot, "test/grader/cases.jsonl")),
    limit: whole("grade at most N of them, drawn evenly from the whole file", 200),
  },
  notes: "Exit codes: 0 no difference, 1 a reward differs, 2 for what you can put right.",
  async run({ cases: file, limit }) {
    const { readGraderCases } = await import("../../grader/measure.js");
    const cases = await readGraderCases(file);
    const samples = shuffled(seededRandom(1), cases).slice(0, limit).map(boxed);
    const { service, here, there } = await gradeTwice(samples);
    const differing = samples.flatMap((sample, i) => differenceOf(sample, here[i], there[i]));
    for (const difference of differing) console.log(difference);
    console.log(`${samples.length} outputs graded here and by ${service}: ${differing.length} differ`);
    if (differing.length > 0) process.exitCode = 1;
  },
});

function boxed({ gold, pred }: GraderCase): GraderSample {
  return { outputText: `$1 + 1 = 2$, and so on.\nThe answer is $\\boxed{${pred}}$.`, item: { answer: gold } };
}

/** Grading leaves nothing behind: the emulator gets a state folder for this run, apart from the notebook's. */
async function gradeTwice(samples: GraderSample[]): Promise<Gradings> {
  const { connect } = await import("../../connect/connect.js");
  const { loadSettings } = await import("../../connect/settings.js");
  const { mathGrader } = await import("../../grader/math-grader.js");
  const { runGrader } = await import("../../grader/run-grader.js");
  const { openSandbox } = await import("../../grader/sandbox.js");
  const { runRemoteGrader } = await import("../../job/graders.js");
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

function differenceOf({ outputText, item }: GraderSample, here?: GraderRun, there?: GraderRun): string[] {
  const scoresOf = (run?: GraderRun): Record<string, number> => (run ? { reward: run.reward, ...run.sub_rewards } : {});
  const [ours, theirs] = [scoresOf(here), scoresOf(there)];
  const names = Object.keys({ ...ours, ...theirs }).filter(
    (name) => !(Math.abs((ours[name] ?? Number.NaN) - (theirs[name] ?? Number.NaN)) < tolerance),
  );
  if (names.length === 0) return [];
  const shown = names.map((name) => `${name} ${ours[name] ?? "missing"} here, ${theirs[name] ?? "missing"} there`);
  return [`${JSON.stringify(item.answer)}  ${JSON.stringify(outputText)}  ${shown.join("; ")}`];
}
