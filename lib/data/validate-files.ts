/**
 * Checks training and validation files before they are uploaded, by the rules that the service applies, and
 * finds the problems that more than one of them asks. Files stream: memory grows only with the problems that
 * are remembered.
 * @module
 */
import { checkTrainingFile, type LineFault, type TrainingLine, trainingFileLimits } from "../service/training-file.js";
import { DataError } from "../util/errors.js";
import { readLineBytes } from "../util/jsonl.js";
import { problemKey, problemOf, SeenProblems } from "./seen-problems.js";

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
  duplicates: number;
}

export interface ValidateOptions {
  /** The keys that the grader reads: every line must have them. */
  graderKeys?: readonly string[];
  onFault: (fault: FileFault) => void;
  /** Called every thousand lines with how many bytes of all files were read. */
  onProgress?: (bytes: number) => void;
}

/** One report for each file, in their order. Throws a `DataError` if a file cannot be read. */
export async function validateFiles(
  files: readonly string[],
  { onProgress, ...options }: ValidateOptions,
): Promise<FileReport[]> {
  const seen = new SeenProblems<FileReport>();
  const reports = files.map((file): FileReport => ({ file, lines: 0, faults: 0, duplicates: 0 }));
  let bytes = 0;
  for (const report of reports) {
    const onLine = (length: number): void => {
      bytes += length;
      if (report.lines % 1000 === 0) onProgress?.(bytes);
    };
    try {
      await validateFile(report, seen, options, onLine);
    } catch (error) {
      if (!(error instanceof Error && "syscall" in error)) throw error;
      throw new DataError(`Cannot read ${report.file}: ${error.message}.`, { cause: error });
    }
  }
  return reports;
}

/** Fills the report of one file in. */
async function validateFile(
  report: FileReport,
  seen: SeenProblems<FileReport>,
  { graderKeys, onFault }: ValidateOptions,
  onLine: (length: number) => void,
): Promise<void> {
  const check = checkTrainingFile(graderKeys);
  const add = (fault: LineFault): void => {
    report.faults += 1;
    onFault({ file: report.file, ...fault });
  };
  for await (const content of readLineBytes(report.file, trainingFileLimits.maxLineBytes)) {
    report.lines += 1;
    onLine(content.length + 1);
    check.line(content).forEach(add);
    const problem = parseProblem(content);
    if (problem === undefined) continue;
    for (const { source, line } of seen.record(problemKey(problem), report, report.lines)) {
      if (source === report) report.duplicates += 1;
      else
        add({
          line: report.lines,
          key: "messages",
          message: `asks the problem of ${source.file}, line ${line}`,
          remedy: "leave each problem in one file alone, or validation measures what was learned by heart",
        });
    }
  }
  check.end().forEach(add);
}

/** The problem that a line asks; undefined if none can be read. */
function parseProblem(content: Buffer): string | undefined {
  try {
    const problem: unknown = problemOf(JSON.parse(content.toString("utf8").replace(/^\uFEFF/, "")) as TrainingLine);
    return typeof problem === "string" ? problem : undefined;
  } catch {
    return undefined;
  }
}
