/**
 * `npm run prepare-data`: turns Parquet shards into the files of a fine-tuning job.
 * @module
 */
import { parseArgs } from "node:util";
import type { DroppableKind } from "../../data/judge-rows.js";
import type { Preparation } from "../../data/preparation.js";
import { prepareData } from "../../data/prepare-data.js";
import type { DataFormat } from "../../data/training-lines.js";
import { runCommand } from "./command.js";
import { type ProgressLine, progressLine } from "./progress.js";
import { stopSignal } from "./stop-signal.js";

const usage = `
Turns the Parquet shards of OpenR1-Math-220k into training.jsonl and validation.jsonl, with problems.arrow
(what became of each problem) and manifest.json (what was read, dropped and written) beside them.

  npm run prepare-data -- [options]

  --input_dir DIR             folder with the shards; without shards, its folder sample/ is used (./training_data)
  --output_dir DIR            folder for the files (./)
  --shards N|all              the first N shards by name, or all of them (2)
  --format rft|sft            rft: prompt and reference answer, for reinforcement; sft: prompt and one verified solution (rft)
  --validation_fraction X     share of the problems for validation, between 0 and 1 (0.1)
  --test_fraction X           share of the problems set aside in test.jsonl (0: no such file)
  --seed N                    another seed gives another split (42)
  --max_prompt_tokens N       longer prompts are dropped; counted with the encoding o200k_base (no limit)
  --max_bytes N               size that each JSONL file may reach (500000000). The service documents 512 MB for files
                              uploaded by API, 200 MB in the portal
  --drop KINDS                kinds of questions to leave out, separated by commas: proof, image, multiple choice,
                              several parts; or none (proof,image)
`;

runCommand(usage, async () => {
  const { values } = parseArgs({
    options: {
      input_dir: { type: "string", default: "./training_data" },
      output_dir: { type: "string", default: "./" },
      shards: { type: "string" },
      format: { type: "string" },
      validation_fraction: { type: "string" },
      test_fraction: { type: "string" },
      seed: { type: "string" },
      max_prompt_tokens: { type: "string" },
      max_bytes: { type: "string" },
      drop: { type: "string" },
    },
  });
  const progress = rowProgress();
  const preparation = await prepareData({
    inputDir: values.input_dir,
    outputDir: values.output_dir,
    shards: values.shards === "all" ? "all" : numberOf(values.shards),
    format: values.format as DataFormat | undefined,
    validationFraction: numberOf(values.validation_fraction),
    testFraction: numberOf(values.test_fraction),
    seed: numberOf(values.seed),
    maxPromptTokens: numberOf(values.max_prompt_tokens),
    maxBytes: numberOf(values.max_bytes),
    drop: kindsOf(values.drop),
    onProgress: progress.show,
    signal: stopSignal("Stopped before the end; nothing was written."),
  }).finally(progress.finish);
  console.log(describe(preparation, values.input_dir, values.output_dir));
});

/** Undefined stays undefined; text that is no number becomes NaN, which `prepareData` refuses with its reason. */
function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text.trim() || Number.NaN);
}

/** A kind that does not exist is refused by `prepareData`. */
function kindsOf(text: string | undefined): DroppableKind[] | undefined {
  if (text === undefined) return undefined;
  return text === "none" ? [] : text.split(",").map((kind) => kind.trim() as DroppableKind);
}

/** The line appears once the number of rows is known. */
function rowProgress(): { show: (progress: { done: number; total: number }) => void; finish: () => void } {
  const quantity = (rows: number): string => `${Math.round(rows).toLocaleString("en")} rows`;
  let line: ProgressLine | undefined;
  return {
    show({ done, total }) {
      line ??= progressLine({ label: "Preparing", total, quantity });
      line.show(done);
    },
    finish() {
      line?.finish();
    },
  };
}

function describe(preparation: Preparation, from: string, to: string): string {
  const { isSample, availableShards, inputs, counts, questions, disagreements, promptTokens, leakage, outputs } =
    preparation;
  const number = (value: number): string => value.toLocaleString("en");
  const row = (rows: number, what: string, description: string): string =>
    `${number(rows).padStart(9)}  ${what.padEnd(28)}  ${description}\n`;
  const rows = inputs.reduce((sum, input) => sum + input.rows, 0);
  return [
    isSample
      ? `There are no shards in ${from}, so the generated sample was used; put real shards there to replace it.\n`
      : "",
    `${number(rows)} rows read from ${inputs.length} of ${availableShards} shards:\n`,
    ...inputs.map(
      ({ file, rows, duplicates }) =>
        `  ${file}: ${number(rows)} rows; ${number(duplicates.withinShard)} repeat a problem of this shard, ${number(duplicates.acrossShards)} one of an earlier shard\n`,
    ),
    "\nWhat became of them\n",
    ...counts.filter(({ rows }) => rows > 0).map(({ rows, outcome, description }) => row(rows, outcome, description)),
    "\nWhat they ask\n",
    ...questions
      .filter((question) => question.rows > 0)
      .map(({ rows, what, dropped, description }) =>
        row(rows, `${what} (${dropped ? "dropped" : "kept"})`, description),
      ),
    "\nWhere the grader disagrees (examples in manifest.json)\n",
    ...disagreements.map(({ rows, what, description }) => row(rows, what, description)),
    `\nPrompts have ${number(promptTokens.p50)} tokens in the middle, 95% at most ${number(promptTokens.p95)}, all at most ${number(promptTokens.max)}.\n`,
    `${number(leakage)} problems stand in more than one file. Written to ${to}:\n`,
    ...outputs.map(({ file, bytes, lines }) => `  ${file}: ${number(lines)} lines, ${number(bytes)} bytes\n`),
    "  manifest.json: the whole record",
  ].join("");
}
