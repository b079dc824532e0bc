/**
 * `npm run download-data`: fetches shards of the dataset from the Hugging Face hub.
 * @module
 */
import { basename, join } from "node:path";
import { megabytesText } from "../../util/format.js";
import { sum } from "../../util/numbers.js";
import { countOrAll, defineCommand, stopSignal, text } from "./command.js";
import { progressLine } from "./progress.js";

defineCommand({
  call: "npm run download-data",
  purpose: `
Fetches the first Parquet shards of OpenR1-Math-220k (about 215 MB each) from the Hugging Face hub, where
npm run prepare-data finds them. Size and SHA-256 are checked against the hub's record. A shard that is there is
not fetched again; a download that was interrupted continues where it stopped.`,
  options: {
    shards: countOrAll("how many shards", 2),
    endpoint: text("URL", "a mirror of the hub", "https://huggingface.co"),
    output_dir: text("DIR", "folder for the shards", "./training_data"),
  },
  notes: `
The dataset is public. If the environment variable HF_TOKEN holds a token, it is used, and never sent over plain
http. Exit codes: 0 done, 1 no answer from the hub, 2 for what you can put right, and after Ctrl-C.`,
  async run({ shards: count, endpoint, output_dir: outputDir }) {
    const { downloadShards } = await import("../../data/download-shards.js");
    const progress = progressLine(megabytesText);
    const shards = await downloadShards({
      outputDir,
      shards: count === "all" ? Number.POSITIVE_INFINITY : count,
      endpoint,
      accessToken: process.env.HF_TOKEN,
      signal: stopSignal("Stopped. What has arrived is kept; the next run continues there."),
      onProgress: ({ name, bytes: total }, done) => progress.show({ label: basename(name, ".parquet"), done, total }),
      onDone(shard, isNew) {
        progress.wipe();
        const state = isNew ? "downloaded and checked" : "already there, and whole";
        console.log(`${join(outputDir, shard.name)}: ${megabytesText(shard.bytes)}, ${state}`);
      },
      onRetry(reason, delay) {
        progress.wipe();
        console.error(`The connection failed (${reason}); trying again in ${delay} s.`);
      },
    }).finally(progress.wipe);
    const total = sum(shards.map(({ bytes }) => bytes));
    console.log(`Together ${megabytesText(total)}. Next: npm run prepare-data -- --input_dir ${outputDir}`);
  },
});
