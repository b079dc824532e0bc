/**
 * The lines of a training file, in both formats.
 * @module
 */
import { developerMessage, systemMessage } from "../service/prompts.js";
import type { TrainingLine } from "../service/training-file.js";
import type { LineWriter } from "./line-writer.js";
import type { SourceRow } from "./shard.js";

/** `rft`: prompt and reference answer, what reinforcement takes. `sft`: prompt and one verified solution, the documented supervised form. */
export type DataFormat = "rft" | "sft";

/** What a line is made of. */
export type LineSource = Pick<SourceRow, "uuid" | "problem" | "answer" | "problemType" | "source"> & {
  trace: Uint8Array | string | null;
};

/** The line of a kept problem, in the given format. */
export function trainingLine(row: LineSource, format: DataFormat): TrainingLine {
  return format === "rft" ? rftLine(row) : sftLine(row);
}

/** Writes {@link trainingLine}; a trace that is UTF-8 goes straight into the file. */
export async function writeTrainingLine(writer: LineWriter, row: LineSource, format: DataFormat): Promise<void> {
  if (format === "sft" && row.trace instanceof Uint8Array) {
    await writer.write(sftLine({ ...row, trace: "" }), row.trace);
  } else {
    await writer.write(trainingLine(row, format));
  }
}

/** It ends with the user's message, as reinforcement demands; the grader reads the other keys, all text, as `item`. */
function rftLine({ uuid, problem, answer, problemType, source }: LineSource): TrainingLine {
  return {
    messages: [
      { role: "developer", content: developerMessage },
      { role: "user", content: problem },
    ],
    answer,
    uuid,
    problem_type: problemType,
    source,
  };
}

/** The trace is what the model shall imitate. It stands last, where {@link LineWriter.write} can put it. */
function sftLine({ problem, trace }: LineSource): TrainingLine {
  return {
    messages: [
      { role: "system", content: systemMessage },
      { role: "user", content: problem },
      { role: "assistant", content: typeof trace === "string" ? trace : Buffer.from(trace ?? []).toString() },
    ],
  };
}
