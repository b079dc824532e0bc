/**
 * A training run in a file, exact to the bit: what a killed job resumes from.
 * @module
 */
import { readFile } from "node:fs/promises";
import { DataError, messageOf } from "../../util/errors.js";
import { replaceFile } from "../../util/files.js";
import { Nano } from "./transformer.js";
import type { NanoConfig } from "./weights.js";

interface Header {
  config: NanoConfig;
  step: number;
  optimizerSteps: number;
}

/** Writes the model with its optimiser after `step` completed steps, whole or not at all. */
export async function saveCheckpoint(file: string, model: Nano, step: number): Promise<void> {
  const header: Header = { config: model.config, step, optimizerSteps: model.parameters.optimizerSteps };
  const { first, second } = model.parameters.moments;
  const parts = [model.weights, first, second].map((part) => Buffer.from(part.slice().buffer));
  await replaceFile(file, Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...parts]));
}

/** Reads what `saveCheckpoint` wrote. Rejects with a `DataError` if the file is missing or damaged. */
export async function loadCheckpoint(file: string): Promise<{ model: Nano; step: number }> {
  try {
    const content = await readFile(file);
    const end = content.indexOf("\n");
    const { config, step, optimizerSteps } = JSON.parse(content.toString("utf8", 0, end)) as Header;
    const model = new Nano(config);
    const values = new Float32Array(new Uint8Array(content.subarray(end + 1)).buffer);
    const count = model.parameterCount;
    if (values.length !== 3 * count) throw new Error(`it holds ${values.length} numbers where ${3 * count} belong`);
    model.weights.set(values.subarray(0, count));
    model.parameters.moments.first.set(values.subarray(count, 2 * count));
    model.parameters.moments.second.set(values.subarray(2 * count));
    model.parameters.optimizerSteps = optimizerSteps;
    return { model, step };
  } catch (error) {
    throw new DataError(
      `${file} is no checkpoint to go on from: ${messageOf(error)}. Delete it and start the job again.`,
      { cause: error },
    );
  }
}
