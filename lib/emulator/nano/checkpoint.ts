/**
 * A training run in a file, exact to the bit: what a killed job resumes from.
 * @module
 */
import { readFile } from "node:fs/promises";
import { DataError, messageOf } from "../../util/errors.js";
import { replaceFile } from "../../util/files.js";
import { seal, sha256, unseal } from "../../util/hash.js";
import { Nano } from "./transformer.js";
import type { NanoConfig } from "./weights.js";

interface Header {
  config: NanoConfig;
  step: number;
  optimizerSteps: number;
  /** Of the numbers that follow. */
  sha256: string;
}

/** Writes the model with its optimiser after `step` completed steps, whole or not at all. */
export async function saveCheckpoint(file: string, model: Nano, step: number): Promise<void> {
  const { optimizerSteps, moments } = model.parameters;
  const parts = [model.weights, moments.first, moments.second].map((part) => Buffer.from(part.slice().buffer));
  const values = Buffer.concat(parts);
  const header: Header = { config: model.config, step, optimizerSteps, sha256: sha256(values) };
  await replaceFile(file, Buffer.concat([Buffer.from(`${seal(header)}\n`), values]));
}

/** Reads what `saveCheckpoint` wrote. Rejects with a `DataError` if the file is missing or damaged. */
export async function loadCheckpoint(file: string): Promise<{ model: Nano; step: number }> {
  try {
    const content = await readFile(file);
    const end = content.indexOf("\n");
    const { config, step, optimizerSteps, sha256: expected } = unseal<Header>(content.toString("utf8", 0, end));
    const bytes = content.subarray(end + 1);
    if (sha256(bytes) !== expected) throw new Error("its checksum does not match");
    const model = new Nano(config);
    const values = new Float32Array(new Uint8Array(bytes).buffer);
    const count = model.parameterCount;
    model.weights.set(values.subarray(0, count));
    model.parameters.moments.first.set(values.subarray(count, 2 * count));
    model.parameters.moments.second.set(values.subarray(2 * count));
    model.parameters.optimizerSteps = optimizerSteps;
    return { model, step };
  } catch (error) {
    throw new DataError(`${file} is no checkpoint to go on from: ${messageOf(error)}.`, { cause: error });
  }
}
