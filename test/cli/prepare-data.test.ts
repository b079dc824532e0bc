import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectRoot } from "../../dist/assets.js";

interface Ending {
  code: number;
  output: string;
  errors: string;
}

const script = join(projectRoot, "dist", "cli", "prepare-data.js");

function run(...flags: string[]): Promise<Ending> {
  return ending(process.execPath, script, ...flags);
}

function ending(command: string, ...flags: string[]): Promise<Ending> {
  return new Promise((resolve) => {
    const child = execFile(command, flags, { cwd: projectRoot }, (_, output, errors) =>
      resolve({ code: child.exitCode ?? -1, output, errors }),
    );
  });
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "prepare-data-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the sample becomes four files, and the command says what it used, dropped and wrote", async () => {
  const { code, output, errors } = await run("--output_dir", folder, "--validation_fraction", "0.2", "--seed", "7");
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  expect(output).toMatch(/the generated sample was used/);
  expect(output).toMatch(/\d+ {2}cut-off answer {2,}The reference answer ends inside braces/);
  expect(output).toMatch(/0 problems stand in both files/);
  const files = ["manifest.json", "problems.arrow", "training.jsonl", "validation.jsonl"];
  expect((await readdir(folder)).sort()).toEqual(files);
  for (const file of files) expect(output).toContain(file);
});

test("a broken shard ends with code 2 and the file's name, without a stack", async () => {
  const input = await mkdtemp(join(folder, "input-"));
  await writeFile(join(input, "train-00000-of-00007.parquet"), "PAR1 and then nothing");
  const { code, output, errors } = await run("--input_dir", input, "--output_dir", join(input, "out"));
  expect({ code, output }).toEqual({ code: 2, output: "" });
  expect(errors).toMatch(/train-00000-of-00007\.parquet is cut off/);
  expect(errors.trim().split("\n")).toHaveLength(1);
  expect(await readdir(input)).toEqual(["train-00000-of-00007.parquet"]);
});

test("a disk that fills up ends with code 2, and leaves no half-written file", async () => {
  const output = await mkdtemp(join(folder, "full-"));
  // The shell's limit on the size of a file, 100 blocks, stands in for a full disk.
  const command = `ulimit -f 100; exec "${process.execPath}" "${script}" --output_dir "${output}"`;
  const { code, errors } = await ending("/bin/sh", "-c", command);
  expect(code).toBe(2);
  expect(errors).toMatch(/^The output folder .* cannot be written \(EFBIG/);
  expect(await readdir(output)).toEqual([]);
});

test("a value that is no number ends with code 2", async () => {
  const { code, errors } = await run("--output_dir", folder, "--max_bytes", "many");
  expect(code).toBe(2);
  expect(errors).toMatch(/^The size limit is NaN/);
});

test("an unknown option ends with code 2 and the usage", async () => {
  const { code, errors } = await run("--inputdir", "x");
  expect(code).toBe(2);
  expect(errors).toMatch(/--inputdir[\s\S]*--input_dir DIR/);
});
