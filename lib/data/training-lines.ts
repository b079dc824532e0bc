/**
 * The lines of a training file, in both formats.
 * @module
 */
import { developerMessage, systemMessage } from "../service/prompts.js";
import type { TrainingLine } from "../service/training-file.js";
import type { SourceRow } from "./shard.js";

/** `rft`: prompt and reference answer, what reinforcement takes. `sft`: prompt and one verified solution, the documented supervised form. */
export type DataFormat = "rft" | "sft";

/** The line of a kept problem, in the given format. */
export function trainingLine(row: SourceRow, format: DataFormat): TrainingLine {
  return format === "rft" ? rftLine(row) : sftLine(row);
}

/** It ends with the user's message, as reinforcement demands; the grader reads the other keys, all text, as `item`. */
function rftLine({ uuid, problem, answer, problemType, source }: SourceRow): TrainingLine {
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

/** The trace is what the model shall imitate. */
function sftLine({ problem, trace }: SourceRow): TrainingLine {
  return {
    messages: [
      { role: "system", content: systemMessage },
      { role: "user", content: problem },
      { role: "assistant", content: trace ?? "" },
    ],
  };
}
