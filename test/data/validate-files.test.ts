import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type FileFault, validateFiles } from "../../dist/data/validate-files.js";
import { UserError } from "../../dist/util/errors.js";
import { temporaryFolder } from "./shards.js";

/** A file with one line for each of these problems. */
async function fileOf(folder: string, name: string, problems: string[]): Promise<string> {
  const path = join(folder, name);
  const line = (content: string): string =>
    JSON.stringify({
      messages: [
        { role: "developer", content: "Solve it." },
        { role: "user", content },
      ],
      answer: "1",
    });
  await writeFile(path, `${problems.map(line).join("\n")}\n`);
  return path;
}

const problems = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `What is ${from + i}?`);

test("a problem that several files ask is a fault of each later one, which names the line where it was first", async () => {
  const folder = await temporaryFolder();
  const files = [
    await fileOf(folder, "a.jsonl", problems(10)),
    await fileOf(folder, "b.jsonl", [...problems(10, 20), "what  is 3?"]),
    await fileOf(folder, "c.jsonl", [...problems(10, 40), "What is 3?", "What is 3?"]),
  ];
  const faults: FileFault[] = [];
  const reports = await validateFiles(files, { onFault: (fault) => faults.push(fault) });
  const [a, b, c] = files;
  expect(faults.map(({ file, line, message }) => [file, line, message])).toEqual([
    [b, 11, `asks the problem of ${a}, line 4`],
    [c, 11, `asks the problem of ${a}, line 4`],
    [c, 11, `asks the problem of ${b}, line 11`],
    [c, 12, `asks the problem of ${a}, line 4`],
    [c, 12, `asks the problem of ${b}, line 11`],
  ]);
  expect(reports).toEqual([
    { file: a, lines: 10, faults: 0, duplicates: 0 },
    { file: b, lines: 11, faults: 1, duplicates: 0 },
    { file: c, lines: 12, faults: 4, duplicates: 1 },
  ]);
});

test("the bytes read so far are told every thousand lines, of all files together", async () => {
  const folder = await temporaryFolder();
  const files = [
    await fileOf(folder, "a.jsonl", problems(2000, 10_000)),
    await fileOf(folder, "b.jsonl", problems(1000, 20_000)),
  ];
  const told: number[] = [];
  await validateFiles(files, { onFault: () => undefined, onProgress: (bytes) => told.push(bytes) });
  const [first = 0] = told;
  expect(first).toBeGreaterThan(0);
  expect(told).toEqual([first, 2 * first, 3 * first]);
});

test("a file that cannot be read is an error for people", async () => {
  const folder = await temporaryFolder();
  await expect(validateFiles([folder], { onFault: () => undefined })).rejects.toThrow(UserError);
  await expect(validateFiles([folder], { onFault: () => undefined })).rejects.toThrow(`Cannot read ${folder}: EISDIR`);
});
