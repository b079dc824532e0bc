/**
 * Reads JSONL files of any size, line by line.
 * @module
 */
import { createReadStream } from "node:fs";
import { messageOf, UserError } from "../errors.js";
import type { TrainingLine } from "../service/training-file.js";

/**
 * The lines of a training or validation file, in order; empty lines are passed over.
 * Throws a `UserError` that names the file and the 1-based line where a line is no JSON object with messages.
 */
export async function* readJsonl(file: string): AsyncGenerator<TrainingLine> {
  let number = 0;
  for await (const line of readLines(file)) {
    number += 1;
    if (line.trim() !== "") yield parseLine(line, `${file}, line ${number}`);
  }
}

function parseLine(line: string, place: string): TrainingLine {
  let value: Partial<TrainingLine> | null;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new UserError(`${place} is not JSON (${messageOf(error)}). Each line must be one complete object.`);
  }
  if (!Array.isArray(value?.messages)) {
    throw new UserError(`${place} has no list "messages". Write the file with npm run prepare-data.`);
  }
  return value as TrainingLine;
}

/** Splits at line feeds alone: from Node 24 on, `readline` also splits at U+2028 and U+2029, which JSON allows inside text. */
async function* readLines(file: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of createReadStream(file, "utf8")) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
