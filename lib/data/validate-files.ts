/**
 * Checks training and validation files before they are uploaded, by the rules that the service applies, and finds the problems
 * that more than one of them asks. Files stream: beside the numbers of about 60 bytes that a problem is remembered by, memory does
 * not grow with them.
 * @module
 */

import { checkTrainingFile, type LineFault, type TrainingLine, trainingFileLimits } from "../service/training-file.js";
import { UserError } from "../util/errors.js";
import { readLineBytes } from "../util/jsonl.js";
import { problemKey } from "./problem-text.js";

/** A fault and the file it is in. */
export interface FileFault extends LineFault {
  file: string;
}

/** What one file holds. */
export interface FileReport {
  file: string;
  lines: number;
  /** Faults in this file; a problem that two files ask counts for the later one. */
  faults: number;
  /** Lines that ask a problem which an earlier line of the same file asks. The service does not mind them. */
  repeats: number;
}

export interface ValidateOptions {
  /** The keys that the grader reads: every line must have them. */
  graderKeys?: readonly string[];
  onFault: (fault: FileFault) => void;
  /** Told every thousand lines how many bytes of all files were read. */
  onProgress?: (bytes: number) => void;
}

/** The line in which each problem of a file was first met; the keys are the first 52 bits of the problem's hash. */
type ProblemLines = Map<number, number>;

interface KnownFile {
  file: string;
  problems: ProblemLines;
}

/** One report for each file, in their order. Throws a `UserError` where a file cannot be read. */
export async function validateFiles(
  files: readonly string[],
  { onProgress, ...options }: ValidateOptions,
): Promise<FileReport[]> {
  const earlier: KnownFile[] = [];
  const reports: FileReport[] = [];
  let bytes = 0;
  for (const file of files) {
    const problems: ProblemLines = new Map();
    const onLine = (line: number, length: number): void => {
      bytes += length;
      if (line % 1000 === 0) onProgress?.(bytes);
    };
    try {
      reports.push(await validateFile({ file, problems }, earlier, options, onLine));
    } catch (error) {
      throw error instanceof Error && "syscall" in error
        ? new UserError(`Cannot read ${file}: ${error.message}.`)
        : error;
    }
    earlier.push({ file, problems });
  }
  return reports;
}

async function validateFile(
  { file, problems }: KnownFile,
  earlier: readonly KnownFile[],
  { graderKeys, onFault }: ValidateOptions,
  onLine: (line: number, length: number) => void,
): Promise<FileReport> {
  const check = checkTrainingFile(graderKeys);
  const report: FileReport = { file, lines: 0, faults: 0, repeats: 0 };
  const add = (faults: readonly LineFault[]): void => {
    report.faults += faults.length;
    for (const fault of faults) onFault({ file, ...fault });
  };
  for await (const content of readLineBytes(file, trainingFileLimits.maxLineBytes)) {
    report.lines += 1;
    onLine(report.lines, content.length + 1);
    add(check.line(content));
    const problem = problemOf(content);
    if (problem !== undefined) {
      if (problems.has(problem)) report.repeats += 1;
      else problems.set(problem, report.lines);
      add(overlaps(problem, report.lines, earlier));
    }
  }
  add(check.end());
  return report;
}

function overlaps(problem: number, line: number, earlier: readonly KnownFile[]): LineFault[] {
  return earlier
    .filter(({ problems }) => problems.has(problem))
    .map(({ file, problems }) => ({
      line,
      key: "messages",
      message: `asks the problem of ${file}, line ${problems.get(problem)}`,
      remedy: "leave each problem in one file alone, or validation measures what was learned by heart",
    }));
}

/** What identifies the problem of a line; undefined where no problem can be read. */
function problemOf(content: Buffer): number | undefined {
  try {
    const { messages } = JSON.parse(content.toString("utf8").replace(/^\uFEFF/, "")) as TrainingLine;
    const problem = messages.find(({ role }) => role === "user")?.content;
    return typeof problem === "string" ? Number.parseInt(problemKey(problem).slice(0, 13), 16) : undefined;
  } catch {
    return undefined;
  }
}
