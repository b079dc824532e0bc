/**
 * `npm run sample-data`: generates the committed sample shards anew.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { shardBytes } from "../../data/open-r1.js";
import { sampleRows } from "../../emulator/sample/sample-rows.js";
import { projectRoot } from "../../util/assets.js";
import { replaceFile } from "../../util/files.js";
import { runCommand } from "./command.js";

const usage = `
Generates the sample shards in training_data/sample, always the same ones: problems from the project's own generator in the
layout of OpenR1-Math-220k, with the faults that real shards have.

  npm run sample-data
`;

runCommand(usage, async () => {
  const folder = join(projectRoot, "training_data", "sample");
  await mkdir(folder, { recursive: true });
  for (const [index, rows] of sampleRows().entries()) {
    const name = `train-0000${index}-of-00002.parquet`;
    const bytes = shardBytes(rows);
    await replaceFile(join(folder, name), bytes);
    console.log(`training_data/sample/${name}: ${rows.length} rows, ${bytes.length.toLocaleString("en")} bytes`);
  }
});
