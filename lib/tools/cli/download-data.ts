/**
 * `npm run download-data`: fetches shards of the dataset from the Hugging Face hub.
 * @module
 */

import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import type { RemoteShard } from "../../data/download/hub.js";
import { downloadShards } from "../../data/download-shards.js";
import { UserError } from "../../util/errors.js";
import { megabytesText } from "../../util/format.js";
import { runCommand } from "./command.js";
import { type ProgressLine, progressLine } from "./progress.js";
import { stopSignal } from "./stop-signal.js";

const usage = `
Usage: npm run download-data -- [options]

Fetches the first Parquet shards of OpenR1-Math-220k (about 215 MB each) from the Hugging Face hub, where npm run prepare-data finds
them. Size and SHA-256 are checked against the hub's record. A shard that is there is not fetched again; a download that was
interrupted continues where it stopped.

  --shards N|all     how many shards (2)
  --endpoint URL     a mirror of the hub (https://huggingface.co)
  --output_dir DIR   folder for the shards (./training_data)
  --help             this text

The dataset is public. A token in the environment variable HF_TOKEN is used where there is one, and never sent over plain http.
Exit codes: 0 done, 2 for what you can put right, and after Ctrl-C.
`;

runCommand(usage, async () => {
  const { values } = parseArgs({
    options: {
      shards: { type: "string", default: "2" },
      endpoint: { type: "string", default: "https://huggingface.co" },
      output_dir: { type: "string", default: "./training_data" },
    },
  });
  const progress = shardProgress();
  const shards = await downloadShards({
    outputDir: values.output_dir,
    shards: countOf(values.shards),
    endpoint: values.endpoint,
    accessToken: process.env.HF_TOKEN,
    signal: stopSignal("Stopped. What has arrived is kept; the next run continues there."),
    onProgress: progress.show,
    onDone(shard, isNew) {
      progress.finish();
      const state = isNew ? "downloaded and checked" : "already there, and whole";
      console.log(`${join(values.output_dir, shard.name)}: ${megabytesText(shard.bytes)}, ${state}`);
    },
    onRetry(reason, delay) {
      progress.finish();
      console.error(`The connection failed (${reason}); trying again in ${delay} s.`);
    },
  }).finally(progress.finish);
  const total = shards.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`Together ${megabytesText(total)}. Next: npm run prepare-data -- --input_dir ${values.output_dir}`);
});

function countOf(text: string): number {
  const count = text === "all" ? Number.POSITIVE_INFINITY : Number(text);
  if (text === "all" || (Number.isInteger(count) && count > 0)) return count;
  throw new UserError(`--shards is "${text}"; give a whole number of at least 1, or all.`);
}

/** One line of progress for each shard. */
function shardProgress(): { show: (shard: RemoteShard, bytes: number) => void; finish: () => void } {
  let line: ProgressLine | undefined;
  return {
    show({ name, bytes: total }, bytes) {
      line ??= progressLine({ label: basename(name, ".parquet"), total, quantity: megabytesText });
      line.show(bytes);
    },
    finish() {
      line?.finish();
      line = undefined;
    },
  };
}
