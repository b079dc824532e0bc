/**
 * What a preparation reports: the content of `manifest.json`.
 * @module
 */
import { dropReasons } from "./drop-reasons.js";
import type { Repeats, Verdict } from "./judge-rows.js";
import type { DataFormat } from "./training-lines.js";

/** The files that a preparation writes. The manifest comes last: it vouches for the others. */
export const fileNames = {
  training: "training.jsonl",
  validation: "validation.jsonl",
  problems: "problems.arrow",
  manifest: "manifest.json",
} as const;

/** The whole record of one preparation; the same inputs and settings give the same record. */
export interface Preparation {
  format: DataFormat;
  seed: number;
  /** The share of problems meant for validation, in (0, 1). */
  validationFraction: number;
  /** Whether the project's generated sample was used, for want of other shards. */
  isSample: boolean;
  inputs: InputFile[];
  counts: Count[];
  /** Rows whose problem already stood in an earlier row, kept or not. */
  repeats: Repeats;
  /** Problems that stand in both output files, counted by reading them again. */
  leakage: number;
  outputs: OutputFile[];
}

/** A shard that was read. */
export interface InputFile {
  file: string;
  bytes: number;
  rows: number;
  sha256: string;
}

/** A file that was written. */
export interface OutputFile {
  file: string;
  bytes: number;
  /** Lines of a JSONL file, rows of `problems.arrow`. */
  lines: number;
  sha256: string;
}

/** What became of the rows: kept for a split, or dropped for a reason. */
export interface Count {
  what: Verdict;
  rows: number;
  description: string;
}

/** The table of counts from the number of rows for each verdict: both splits first, then every drop reason, those without rows included. */
export function describeCounts(verdicts: ReadonlyMap<Verdict, number>): Count[] {
  const descriptions: Record<Verdict, string> = {
    training: "Kept: what the model is trained on.",
    validation: "Kept: what the model is measured on while it trains.",
    ...dropReasons,
  };
  return Object.entries(descriptions).map(([key, description]) => {
    const what = key as Verdict;
    return { what, rows: verdicts.get(what) ?? 0, description };
  });
}
