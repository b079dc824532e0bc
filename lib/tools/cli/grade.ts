/**
 * `npm run grade`: measures the reward's verdicts on pairs of answers whose truth is known.
 * @module
 */
import { parseArgs } from "node:util";
import { type GraderFigures, type GraderMeasurement, measureGrader, readGraderCases } from "../../grader/measure.js";
import { openSandbox } from "../../grader/sandbox.js";
import { tableText } from "../../plot/table.js";
import { UserError } from "../../util/errors.js";
import { runCommand } from "./command.js";

const usage = `
Usage: npm run grade -- --cases FILE.jsonl [--by stratum]

Compares the reward's verdicts with pairs of answers whose truth is known. A line of FILE holds
{"gold": "1/2", "pred": "0.5", "expected": true}, and any further fields to group by; with "full": true,
"pred" is a whole output instead of an answer's text.

  --cases FILE  the graded pairs, one JSON object a line
  --by FIELD    also show each value of this field
  --worst N     show at most N wrong verdicts (default 20)

The last line of the output is JSON: the rates as fractions, the times in milliseconds.
`;

runCommand(usage, async () => {
  const { values } = parseArgs({
    options: { cases: { type: "string" }, by: { type: "string" }, worst: { type: "string", default: "20" } },
  });
  if (values.cases === undefined)
    throw new UserError("Name the file of graded pairs: npm run grade -- --cases FILE.jsonl");
  const cases = await readGraderCases(values.cases);
  const sandbox = openSandbox();
  try {
    const measurement = await measureGrader(sandbox, cases, { by: values.by });
    report(measurement, values.by, Number(values.worst));
    const { pairsPerSecond } = measurement;
    console.log(JSON.stringify({ ...namedFigures(measurement), pairs_per_s: Math.round(pairsPerSecond) }));
  } finally {
    sandbox.close();
  }
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

/** The figures under the names that the command has for them. */
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
