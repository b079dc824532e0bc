/**
 * `npm run grade`: measures the reward's decisions on pairs of answers whose truth is known.
 * @module
 */
import type { GraderFigures, GraderMeasurement } from "../../grader/measure.js";
import { tableText } from "../../plot/table.js";
import { ConfigurationError } from "../../util/errors.js";
import { defineCommand, text, whole } from "./command.js";

defineCommand({
  call: "npm run grade",
  purpose: `
Compares the reward's decisions with pairs of answers whose truth is known. A line of FILE holds
{"gold": "1/2", "pred": "0.5", "expected": true}, and any further fields to group by; with "full": true,
"pred" is a whole output instead of an answer's text.`,
  options: {
    cases: text("FILE", "the graded pairs, one JSON object a line; must be given"),
    by: text("FIELD", "also show each value of this field"),
    worst: whole("show at most N wrong decisions", 20, 0),
  },
  notes: "The last line of the output is JSON: the rates as fractions, the times in milliseconds.",
  async run({ cases: file, by, worst }) {
    if (file === undefined)
      throw new ConfigurationError("Name the file of graded pairs: npm run grade -- --cases FILE.jsonl");
    const { measureGrader, readGraderCases } = await import("../../grader/measure.js");
    const { openSandbox } = await import("../../grader/sandbox.js");
    const cases = await readGraderCases(file);
    const sandbox = openSandbox();
    try {
      const measurement = await measureGrader(sandbox, cases, { by });
      report(measurement, by, worst);
      const { pairsPerSecond } = measurement;
      console.log(JSON.stringify({ ...namedFigures(measurement), pairs_per_s: Math.round(pairsPerSecond) }));
    } finally {
      sandbox.close();
    }
  },
});

function report(measurement: GraderMeasurement, by: string | undefined, worst: number): void {
  for (const { gold, pred, expected } of measurement.disagreements.slice(0, worst)) {
    console.log(
      `${expected ? "refused, but right " : "accepted, but wrong"}  ${JSON.stringify(gold)}  ${JSON.stringify(pred)}`,
    );
  }
  if (by !== undefined) {
    console.log(
      `${tableText(measurement.groups.map(({ group, ...figures }) => ({ [by]: group, ...namedFigures(figures) })))}\n`,
    );
  }
  console.log(`${tableText([namedFigures(measurement)])}\n`);
}

/** The figures under the names that the command prints. */
function namedFigures(figures: GraderFigures): Record<string, number> {
  return {
    n: figures.n,
    accuracy: figures.accuracy,
    wrong_accepted: figures.wrongAccepted,
    right_refused: figures.rightRefused,
    p50_ms: figures.p50Milliseconds,
    p99_ms: figures.p99Milliseconds,
    max_ms: figures.maxMilliseconds,
  };
}
