/**
 * Reads training and validation files of any size, line by line.
 * @module
 */

import type { TrainingLine } from "../service/training-file.js";
import { messageOf, UserError } from "./errors.js";
import { readLines } from "./read-lines.js";

/**
 * The lines of a training or validation file, in order; empty lines are passed over.
 * Throws a `UserError` that names the file and the 1-based line where a line is no JSON object with messages.
 */
export async function* readJsonl(file: string): AsyncGenerator<TrainingLine> {
  let number = 0;
  try {
    for await (const line of readLines(file)) {
      number += 1;
      if (line.trim() !== "") yield parseLine(line);
    }
  } catch (error) {
    const place = number === 0 ? file : `${file}, line ${number}`;
    throw new UserError(
      `Cannot read ${place}: ${messageOf(error).replace(/\.$/, "")}. Write the file anew with npm run prepare-data.`,
    );
  }
}

function parseLine(line: string): TrainingLine {
  const value = JSON.parse(line) as Partial<TrainingLine> | null;
  if (!Array.isArray(value?.messages)) throw new Error('there is no list "messages"');
  return value as TrainingLine;
}
