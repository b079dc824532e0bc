/**
 * The first stage of preparation by the project's own reader: rows are read, a trace is chosen, a line is written.
 * @module
 */
import { LineWriter } from "../../data/line-writer.js";
import { readRowGroups } from "../../data/read-rows.js";
import { openShard } from "../../data/shards.js";
import { writeTrainingLine } from "../../data/training-lines.js";

/** Which shards to read, and the JSONL file to write, which must not exist. */
export interface SelectionInput {
  paths: string[];
  output: string;
}

/** What was written. */
export interface Selection {
  lines: number;
  bytes: number;
  sha256: string;
}

/** Writes a supervised line for each row with a verified and complete trace. */
export async function selectWithHyparquet({ paths, output }: SelectionInput): Promise<Selection> {
  const writer = await LineWriter.create(output);
  for (const path of paths) {
    for await (const rows of readRowGroups(await openShard(path))) {
      for (const row of rows) if (row.trace !== null) await writeTrainingLine(writer, row, "sft");
    }
  }
  const sha256 = await writer.finish();
  await writer.close();
  return { lines: writer.lines, bytes: writer.bytes, sha256 };
}
