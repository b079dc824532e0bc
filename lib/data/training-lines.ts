/**
 * The lines of a training file in both formats, and the length of their prompts in tokens.
 * @module
 */

import { developerMessage, systemMessage, type TrainingLine } from "../service/training-file.js";
import type { LineWriter } from "./line-writer.js";
import type { SourceRow } from "./read-rows.js";

/**
 * `rft`: prompt and reference answer, which reinforcement takes. `sft`: prompt and one verified solution, the
 * documented supervised form.
 */
export type DataFormat = "rft" | "sft";

/** What a line is made of. */
export type LineSource = Pick<SourceRow, "uuid" | "problem" | "answer" | "problemType" | "source"> & {
  trace: Uint8Array | string | null;
};

/** The line of a kept problem, in the given format. */
export function trainingLine(row: LineSource, format: DataFormat): TrainingLine {
  return format === "rft" ? rftLine(row) : sftLine(row);
}

/** Writes {@link trainingLine}; a trace in UTF-8 goes into the file as it is. */
export async function writeTrainingLine(writer: LineWriter, row: LineSource, format: DataFormat): Promise<void> {
  if (format === "sft" && row.trace instanceof Uint8Array) {
    await writer.write(sftLine({ ...row, trace: "" }), row.trace);
  } else {
    await writer.write(trainingLine(row, format));
  }
}

/** It ends with the user's message, as reinforcement demands; the grader reads the other keys as `item`. */
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

/**
 * The trace is what the model learns to imitate. It comes last, where {@link LineWriter.write} can put it.
 */
function sftLine({ problem, trace }: LineSource): TrainingLine {
  return {
    messages: [
      { role: "system", content: systemMessage },
      { role: "user", content: problem },
      { role: "assistant", content: typeof trace === "string" ? trace : Buffer.from(trace ?? []).toString() },
    ],
  };
}

/**
 * Counts the tokens of a prompt, instruction included, without the few that the service adds to a message.
 */
export type PromptTokenCount = (problem: string) => number;

/** Words whose tokens are remembered. Without a limit, the memory would grow with the dataset. */
const maxCachedWords = 20_000;

/**
 * Loads the encoding o200k_base, which the o-series and gpt-5 share. Its table takes 70 MB, so it is loaded
 * only when it is used. Marks such as `<|endoftext|>` count as the plain text that they are in a problem.
 */
export async function loadPromptTokenCount(format: DataFormat): Promise<PromptTokenCount> {
  const { countTokens, setMergeCacheSize } = await import("gpt-tokenizer/encoding/o200k_base");
  setMergeCacheSize(maxCachedWords);
  const options = { disallowedSpecial: new Set<string>() };
  const instructionTokens = countTokens(format === "rft" ? developerMessage : systemMessage, options);
  return (problem) => instructionTokens + countTokens(problem, options);
}
