/**
 * `npm run prepare-data`: turns Parquet shards into the files of a fine-tuning job.
 * @module
 */

import { type Preparation, prepareDefaults } from "../../data/preparation.js";
import type { DroppableKind } from "../../data/screen-rows.js";
import { numberText } from "../../util/format.js";
import { sum } from "../../util/numbers.js";
import { choice, countOrAll, defineCommand, number, stopSignal, text, whole } from "./command.js";
import { progressLine } from "./progress.js";

defineCommand({
  call: "npm run prepare-data",
  purpose: `
Turns the Parquet shards of OpenR1-Math-220k into training.jsonl and validation.jsonl, with problems.arrow
(what became of each problem) and manifest.json (what was read, dropped and written) beside them.`,
  options: {
    input_dir: text("DIR", "folder with the shards; without shards, its folder sample/ is used", "./training_data"),
    output_dir: text("DIR", "folder for the files", "./"),
    shards: countOrAll("the first N shards by name, or all of them", prepareDefaults.shards),
    format: choice(
      ["rft", "sft"],
      "rft: prompt and reference answer, for reinforcement; sft: prompt and one verified solution",
      prepareDefaults.format,
    ),
    validation_fraction: number(
      "share of the problems for validation, between 0 and 1",
      prepareDefaults.validationFraction,
    ),
    test_fraction: number(
      "share of the problems set aside in test.jsonl; 0 writes no such file",
      prepareDefaults.testFraction,
    ),
    seed: whole("another seed gives another split", prepareDefaults.seed, 0),
    max_prompt_tokens: number("longer prompts are dropped; counted with the encoding o200k_base (default no limit)"),
    max_bytes: number(
      "size that each JSONL file may reach; the service documents 512 MB for files uploaded by API, 200 MB in the portal",
      prepareDefaults.maxBytes,
    ),
    drop: text(
      "KINDS",
      "kinds of questions to drop, separated by commas: proof, image, multiple choice, several parts; or none",
      prepareDefaults.drop.join(","),
    ),
  },
  async run(values) {
    const { prepareData } = await import("../../data/prepare-data.js");
    const progress = progressLine((rows) => `${numberText(Math.round(rows))} rows`);
    const preparation = await prepareData({
      inputDir: values.input_dir,
      outputDir: values.output_dir,
      shards: values.shards,
      format: values.format,
      validationFraction: values.validation_fraction,
      testFraction: values.test_fraction,
      seed: values.seed,
      maxPromptTokens: values.max_prompt_tokens,
      maxBytes: values.max_bytes,
      drop: kindsOf(values.drop),
      onProgress: ({ done, total }) => progress.show({ label: "Preparing", done, total }),
      signal: stopSignal("Stopped before the end; nothing was written."),
    }).finally(progress.wipe);
    console.log(describe(preparation, values.input_dir, values.output_dir));
  },
});

/** `prepareData` refuses a kind that does not exist. */
function kindsOf(text: string): DroppableKind[] {
  return text === "none" ? [] : text.split(",").map((kind) => kind.trim() as DroppableKind);
}

function describe(preparation: Preparation, from: string, to: string): string {
  const { isSample, availableShards, inputs, counts, questions, disagreements, promptTokens, leakage, outputs } =
    preparation;
  const row = (rows: number, what: string, description: string): string =>
    `${numberText(rows).padStart(9)}  ${what.padEnd(28)}  ${description}\n`;
  const rows = sum(inputs.map((input) => input.rows));
  return [
    isSample
      ? `There are no shards in ${from}, so the generated sample was used; put real shards there to replace it.\n`
      : "",
    `${numberText(rows)} rows read from ${inputs.length} of ${availableShards} shards:\n`,
    ...inputs.map(
      ({ file, rows, duplicates }) =>
        `  ${file}: ${numberText(rows)} rows; ${numberText(duplicates.withinShard)} repeat a problem of this shard, ${numberText(duplicates.acrossShards)} one of an earlier shard\n`,
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
    `\nPrompts have ${numberText(promptTokens.p50)} tokens in the middle, 95% at most ${numberText(promptTokens.p95)}, all at most ${numberText(promptTokens.max)}.\n`,
    `${numberText(leakage)} problems stand in more than one file. Written to ${to}:\n`,
    ...outputs.map(({ file, bytes, lines }) => `  ${file}: ${numberText(lines)} lines, ${numberText(bytes)} bytes\n`),
    "  manifest.json: the whole record",
  ].join("");
}
