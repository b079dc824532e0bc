/**
 * `npm run validate-data`: checks the files of a fine-tuning job before they are uploaded.
 * @module
 */
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { fileNames } from "../../data/output-folder.js";
import type { FileFault, FileReport } from "../../data/validate-files.js";
import { mathGrader } from "../../grader/math-grader.js";
import { validateGrader } from "../../grader/validate-grader.js";
import { type Grader, graderKeys } from "../../service/graders.js";
import { ConfigurationError, DataError, messageOf } from "../../util/errors.js";
import { countText, megabytesText } from "../../util/format.js";
import { sum } from "../../util/numbers.js";
import { defineCommand, text } from "./command.js";
import { type ProgressLine, progressLine } from "./progress.js";

/** How many faults of one kind are printed before the others are only counted. */
const maxShownOfAKind = 5;

defineCommand({
  call: "npm run validate-data -- [FILE ...]",
  purpose: `
Checks JSONL files (by default training.jsonl and validation.jsonl) for reinforcement fine-tuning by the rules of
the service: UTF-8, one JSON object a line, roles, the user's message last, the same keys of the same types in
every line, those that the grader reads among them, at least 10 lines, at most 512 MB. Problems that occur in more
than one of the files are faults as well. Each fault is printed with file, line and key.`,
  options: {
    grader: text(
      "FILE",
      'the grader of the job: .json as the service takes it, or the source of a Python grader (default the cookbook\'s own, which reads "answer")',
    ),
  },
  notes: "Exit codes: 0 no fault, 1 faults found, 2 wrong use or a file that cannot be read.",
  async run({ grader }, named) {
    const files = named.length > 0 ? named : [fileNames.training, fileNames.validation];
    if (new Set(files.map((file) => resolve(file))).size < files.length)
      throw new ConfigurationError("A file is named twice, and would overlap with itself. Name each file once.");
    const total = sum(files.map(sizeOf));
    const keys = graderKeys(grader === undefined ? mathGrader() : readGrader(grader));
    const { validateFiles } = await import("../../data/validate-files.js");
    const progress = progressLine(megabytesText);
    const printer = faultPrinter(progress);
    const reports = await validateFiles(files, {
      graderKeys: keys,
      onFault: printer.print,
      onProgress: (done) => progress.show({ label: "Checking", done, total }),
    });
    progress.wipe();
    printer.finish();
    console.log(summary(reports, keys));
    if (reports.some(({ faults }) => faults > 0)) process.exitCode = 1;
  },
});

function sizeOf(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile()) return found.size;
  throw new DataError(
    `There is no file ${file}. Name the files to check (npm run validate-data -- FILE ...), or write ${fileNames.training} and ${fileNames.validation} with npm run prepare-data.`,
  );
}

function readGrader(file: string): Grader {
  const grader = parseGrader(file);
  const [fault] = validateGrader(grader);
  if (!fault) return grader as Grader;
  const place = fault.path === "" ? "" : `${fault.path}: `;
  throw new DataError(`${file} is not a grader that the service takes. ${place}${fault.message} ${fault.remedy}`);
}

function parseGrader(file: string): unknown {
  try {
    const text = readFileSync(file, "utf8");
    return file.endsWith(".py") ? { type: "python", name: "grader", source: text } : JSON.parse(text);
  } catch (error) {
    throw new DataError(
      `Cannot read the grader ${file}: ${messageOf(error)}. Give a .json or .py file with --grader.`,
      {
        cause: error,
      },
    );
  }
}

/**
 * Prints the first faults of each kind as they come, and at the end how many more there are. One remedy makes
 * one kind.
 */
function faultPrinter(progress: ProgressLine): { print: (fault: FileFault) => void; finish: () => void } {
  const counts = new Map<string, number>();
  return {
    print({ file, line, key, message, remedy }) {
      const count = (counts.get(remedy) ?? 0) + 1;
      counts.set(remedy, count);
      if (count > maxShownOfAKind) return;
      progress.wipe();
      const place = line === 0 ? file : `${file}:${line}`;
      console.log(`${place}: ${key === "" ? "" : `"${key}" `}${message}; ${remedy}`);
    },
    finish() {
      for (const [remedy, count] of counts) {
        if (count > maxShownOfAKind)
          console.log(`and ${countText(count - maxShownOfAKind, "more fault")} of a kind; ${remedy}`);
      }
    },
  };
}

function summary(reports: readonly FileReport[], keys: readonly string[]): string {
  const total = reports.reduce((sum, { faults }) => sum + faults, 0);
  return [
    ...reports.map(
      ({ file, lines, faults, duplicates }) =>
        `${file}: ${countText(lines, "line")}, ${countText(faults, "fault")}${duplicates > 0 ? `, ${countText(duplicates, "repeated problem")}` : ""}`,
    ),
    `${countText(reports.length, "file")} checked, with the grader's keys ${keys.join(", ") || "(none)"}: ${countText(total, "fault")}`,
  ].join("\n");
}
