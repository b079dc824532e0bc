/**
 * `npm run sample-data`: writes the committed sample shards again, always with the same bytes.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../../util/assets.js";
import { replaceFile } from "../../util/files.js";
import { numberText } from "../../util/format.js";
import { defineCommand } from "./command.js";

defineCommand({
  call: "npm run sample-data",
  purpose: `
Generates the sample shards in training_data/sample, always the same ones: problems from the project's own
generator in the layout of OpenR1-Math-220k, with the faults that real shards have.`,
  async run() {
    const { shardBytes } = await import("../../data/open-r1.js");
    const { sampleRows } = await import("../../emulator/sample/sample-rows.js");
    const folder = join(projectRoot, "training_data", "sample");
    await mkdir(folder, { recursive: true });
    for (const [index, rows] of sampleRows().entries()) {
      const name = `train-0000${index}-of-00002.parquet`;
      const bytes = shardBytes(rows);
      await replaceFile(join(folder, name), bytes);
      console.log(`training_data/sample/${name}: ${rows.length} rows, ${numberText(bytes.length)} bytes`);
    }
  },
});
