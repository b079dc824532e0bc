/**
 * `npm run validate-data`: checks the files of a fine-tuning job before they are uploaded.
 * @module
 */

import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type FileFault, type FileReport, validateFiles } from "../../data/validate-files.js";
import { mathGrader } from "../../grader/math-grader.js";
import { validateGrader } from "../../grader/validate-grader.js";
import { type Grader, graderKeys } from "../../service/graders.js";
import { messageOf, UserError } from "../../util/errors.js";
import { megabytesText } from "../../util/format.js";
import { runCommand } from "./command.js";
import { type ProgressLine, progressLine } from "./progress.js";

const usage = `
Usage: npm run validate-data -- [FILE ...] [--grader FILE]

Checks JSONL files for reinforcement fine-tuning by the rules of the service: UTF-8, one JSON object a line, roles, the user's
message last, the same keys of the same types in every line, those that the grader reads among them, at least 10 lines, at most
512 MB. Problems that stand in more than one of the files are faults as well. Each fault is printed with file, line and key.

  FILE            the files (training.jsonl validation.jsonl)
  --grader FILE   the grader of the job: .json as the service takes it, or the source of a Python grader
                  (the cookbook's own, which reads "answer")
  --help          this text

Exit codes: 0 no fault, 1 faults found, 2 wrong use or a file that cannot be read.
`;

/** Faults of one kind that are printed; of the others only their number is. */
const shownOfAKind = 5;

runCommand(usage, async () => {
  const { values, positionals } = parseArgs({ options: { grader: { type: "string" } }, allowPositionals: true });
  const files = positionals.length > 0 ? positionals : ["training.jsonl", "validation.jsonl"];
  if (new Set(files.map((file) => resolve(file))).size < files.length)
    throw new UserError("A file is named twice, and would overlap with itself. Name each file once.");
  const total = files.reduce((sum, file) => sum + sizeOf(file), 0);
  const keys = graderKeys(values.grader === undefined ? mathGrader() : readGrader(values.grader));
  const progress = progressLine({ label: "Checking", total, quantity: megabytesText });
  const printer = faultPrinter(progress);
  const reports = await validateFiles(files, { graderKeys: keys, onFault: printer.print, onProgress: progress.show });
  progress.finish();
  printer.finish();
  console.log(summary(reports, keys));
  if (reports.some(({ faults }) => faults > 0)) process.exitCode = 1;
});

function sizeOf(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile()) return found.size;
  throw new UserError(
    `There is no file ${file}. Name the files to check (npm run validate-data -- FILE ...), or write training.jsonl and validation.jsonl with npm run prepare-data.`,
  );
}

function readGrader(file: string): Grader {
  const grader = parseGrader(file);
  const [fault] = validateGrader(grader);
  if (!fault) return grader as Grader;
  const place = fault.path === "" ? "" : `${fault.path}: `;
  throw new UserError(`${file} is not a grader that the service takes. ${place}${fault.message} ${fault.remedy}`);
}

function parseGrader(file: string): unknown {
  try {
    const text = readFileSync(file, "utf8");
    return file.endsWith(".py") ? { type: "python", name: "grader", source: text } : JSON.parse(text);
  } catch (error) {
    throw new UserError(`Cannot read the grader ${file}: ${messageOf(error)}. Give a .json or .py file with --grader.`);
  }
}

/** Prints the first faults of each kind as they come, and at the end how many more there are. Faults with one remedy are of one kind. */
function faultPrinter(progress: ProgressLine): { print: (fault: FileFault) => void; finish: () => void } {
  const counts = new Map<string, number>();
  return {
    print({ file, line, key, message, remedy }) {
      const count = (counts.get(remedy) ?? 0) + 1;
      counts.set(remedy, count);
      if (count > shownOfAKind) return;
      progress.finish();
      const place = line === 0 ? file : `${file}:${line}`;
      console.log(`${place}: ${key === "" ? "" : `"${key}" `}${message}; ${remedy}`);
    },
    finish() {
      for (const [remedy, count] of counts) {
        if (count > shownOfAKind)
          console.log(`and ${counted(count - shownOfAKind, "more fault")} of a kind; ${remedy}`);
      }
    },
  };
}

function summary(reports: readonly FileReport[], keys: readonly string[]): string {
  const total = reports.reduce((sum, { faults }) => sum + faults, 0);
  return [
    ...reports.map(
      ({ file, lines, faults, duplicates }) =>
        `${file}: ${counted(lines, "line")}, ${counted(faults, "fault")}${duplicates > 0 ? `, ${counted(duplicates, "repeated problem")}` : ""}`,
    ),
    `${counted(reports.length, "file")} checked, with the grader's keys ${keys.join(", ") || "(none)"}: ${counted(total, "fault")}`,
  ].join("\n");
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}
