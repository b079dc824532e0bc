/**
 * `npm run prepare-data`: turns Parquet shards into the files of a fine-tuning job.
 * @module
 */
import { parseArgs } from "node:util";
import type { Preparation } from "../data/preparation.js";
import { prepareData } from "../data/prepare-data.js";
import type { DataFormat } from "../data/training-lines.js";
import { UserError } from "../errors.js";
import { runCommand } from "./command.js";

const usage = `
Turns the Parquet shards of OpenR1-Math-220k into training.jsonl and validation.jsonl, with problems.arrow
(what became of each problem) and manifest.json (what was read, dropped and written) beside them.

  npm run prepare-data -- [options]

  --input_dir DIR             folder with the shards; without shards, its folder sample/ is used (./training_data)
  --output_dir DIR            folder for the four files (./)
  --format rft|sft            rft: prompt and reference answer, for reinforcement; sft: prompt and one verified solution (rft)
  --validation_fraction X     share of the problems for validation, between 0 and 1 (0.1)
  --seed N                    another seed gives another split (42)
  --max_bytes N               size that each JSONL file may reach (500000000)
`;

runCommand(usage, async () => {
  const { values } = parseArgs({
    options: {
      input_dir: { type: "string", default: "./training_data" },
      output_dir: { type: "string", default: "./" },
      format: { type: "string", default: "rft" },
      validation_fraction: { type: "string" },
      seed: { type: "string" },
      max_bytes: { type: "string" },
    },
  });
  const preparation = await prepareData({
    inputDir: values.input_dir,
    outputDir: values.output_dir,
    format: values.format as DataFormat,
    validationFraction: numberOf(values.validation_fraction),
    seed: numberOf(values.seed),
    maximumBytes: numberOf(values.max_bytes),
    signal: stopSignal(),
  });
  console.log(describe(preparation, values.input_dir, values.output_dir));
});

/** Undefined stays undefined; text that is no number becomes NaN, which `prepareData` refuses with its reason. */
function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text.trim() || Number.NaN);
}

/** Aborted by Ctrl-C and by a polite kill, so that no half-written file stays. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => controller.abort(new UserError("Stopped before the end; nothing was written.")));
  }
  return controller.signal;
}

function describe({ isSample, inputs, counts, leakage, outputs }: Preparation, from: string, to: string): string {
  const number = (value: number): string => value.toLocaleString("en");
  const rows = inputs.reduce((sum, input) => sum + input.rows, 0);
  const sampleNote = `There are no shards in ${from}, so the generated sample was used; put real shards there to replace it.\n`;
  return [
    isSample ? sampleNote : "",
    `${number(rows)} rows read from ${inputs.map(({ file }) => file).join(", ")}\n\n`,
    ...counts
      .filter((count) => count.rows > 0)
      .map(({ what, rows, description }) => `${number(rows).padStart(9)}  ${what.padEnd(28)}  ${description}\n`),
    `\n${number(leakage)} problems stand in both files. Written to ${to}:\n`,
    ...outputs.map(({ file, bytes, lines }) => `  ${file}: ${number(lines)} lines, ${number(bytes)} bytes\n`),
    "  manifest.json: the whole record",
  ].join("");
}
