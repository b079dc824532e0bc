import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { chmod, copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { shardBytes } from "../../../dist/data/open-r1.js";
import { openUnfinished } from "../../../dist/data/output-folder.js";
import { projectRoot } from "../../../dist/util/assets.js";
import { hashFile } from "../../../dist/util/hash.js";
import {
  openR1Row,
  openR1Rows,
  styledShard,
  temporaryFolder,
  withBytes,
  withoutMiddle,
  writeShard,
} from "../../data/shards.js";

interface Ending {
  code: number;
  output: string;
  errors: string;
}

const script = join(projectRoot, "dist", "tools", "cli", "prepare-data.js");
const files = ["manifest.json", "problems.arrow", "training.jsonl", "validation.jsonl"];

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

/** A folder that holds the four files of an earlier preparation, so to say. */
async function earlierOutput(): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of files) await writeFile(join(folder, name), `earlier ${name}`);
  return folder;
}

async function expectEarlier(folder: string): Promise<void> {
  expect((await readdir(folder)).sort()).toEqual(files);
  for (const name of files) expect(await readFile(join(folder, name), "utf8")).toBe(`earlier ${name}`);
}

test("the sample becomes four files, and the command says what it read, found, dropped and wrote", async () => {
  const folder = await temporaryFolder();
  const { code, output } = await run("--output_dir", folder, "--validation_fraction", "0.2", "--seed", "7");
  expect(code).toBe(0);
  expect(output).toMatch(/the generated sample was used/);
  expect(output).toMatch(/rows; 0 repeat a problem of this shard, 30 one of an earlier shard/);
  expect(output).toMatch(/\d+ {2}cut-off answer {2,}The reference answer ends inside braces/);
  expect(output).toMatch(/\d+ {2}proof \(dropped\) {2,}A proof is asked for/);
  expect(output).toMatch(/0 {2}trace has another answer/);
  expect(output).toMatch(/0 problems stand in more than one file/);
  expect((await readdir(folder)).sort()).toEqual(files);
  for (const file of files) expect(output).toContain(file);
});

describe("ends with code 2, one message that names the file, and the earlier files untouched:", () => {
  const whole = Buffer.from(shardBytes(openR1Rows(1, 60)));
  const damagedFooter = Buffer.from(whole).fill(0xff, whole.length - 300, whole.length - 8);
  const plain = styledShard(openR1Rows(1, 60), { codec: "UNCOMPRESSED", encoding: "PLAIN" });
  const nullTrace = openR1Row(61, { generations: [null] as unknown as string[] });
  test.each([
    ["an empty file", Buffer.alloc(0), /is empty/],
    ["a file of three bytes", Buffer.from("PAR"), /is not a Parquet file/],
    ["a wrong start", Buffer.concat([Buffer.from("PARX"), whole.subarray(4)]), /does not start with PAR1/],
    ["a wrong end", Buffer.concat([whole.subarray(0, -4), Buffer.from("PARX")]), /does not end with PAR1/],
    ["a footer that is cut off", whole.subarray(0, -20), /is cut off after/],
    ["a footer that is damaged", damagedFooter, /its table of contents cannot be read/],
    ["a page that is cut off", withoutMiddle(whole, 500), /rows 1 to 60 cannot be read/],
    ["a missing column", styledShard(openR1Rows(1, 60), { without: "answer" }), /lacks the column answer;/],
    [
      "a column of another type",
      styledShard(openR1Rows(1, 60), {
        without: "answer",
        extraColumns: [{ name: "answer", data: new Float64Array(60) }],
      }),
      /the column answer holds DOUBLE/,
    ],
    [
      "text that is not UTF-8",
      withBytes(plain, "What is", Buffer.from([0xff])),
      /row 1: .*column problem is not UTF-8/,
    ],
    [
      "a missing trace called correct",
      Buffer.from(shardBytes([...openR1Rows(1, 60), nullTrace])),
      /row 61: .*trace is null/,
    ],
  ])("%s", async (_, content, message) => {
    const [input, output] = [await temporaryFolder(), await earlierOutput()];
    await writeFile(join(input, "train-00000-of-00007.parquet"), content);
    const { code, output: printed, errors } = await run("--input_dir", input, "--output_dir", output);
    expect({ code, printed }).toEqual({ code: 2, printed: "" });
    expect(errors).toMatch(/train-00000-of-00007\.parquet/);
    expect(errors).toMatch(message);
    expect(errors.trim().split("\n")).toHaveLength(1);
    await expectEarlier(output);
  });

  test("a flipped bit in a page, caught by the checksum beside the shard", async () => {
    const [input, output] = [await temporaryFolder(), await earlierOutput()];
    const shard = join(input, "train-00000-of-00010.parquet");
    await writeFile(shard, plain);
    await writeFile(`${shard}.sha256`, `${await hashFile(shard)}  train-00000-of-00010.parquet\n`);
    const place = plain.indexOf("What is");
    await writeFile(shard, withBytes(plain, "What is", Buffer.from([(plain[place] as number) ^ 1])));
    const { code, errors } = await run("--input_dir", input, "--output_dir", output);
    expect(code).toBe(2);
    expect(errors).toMatch(/train-00000-of-00010\.parquet is damaged: its SHA-256 is/);
    await expectEarlier(output);
  });

  test("the same shard twice", async () => {
    const [input, output] = [await temporaryFolder(), await earlierOutput()];
    const shard = await writeShard(input, "train-00000-of-00010.parquet", openR1Rows(1, 60));
    await copyFile(shard, join(input, "train-00001-of-00010.parquet"));
    const { code, errors } = await run("--input_dir", input, "--output_dir", output);
    expect(code).toBe(2);
    expect(errors).toMatch(/train-00001-of-00010\.parquet is the same shard as train-00000-of-00010\.parquet/);
    await expectEarlier(output);
  });

  test("a disk that fills up", async () => {
    const output = await earlierOutput();
    // The shell's limit on the size of a file, 100 blocks, stands in for a full disk.
    const command = `ulimit -f 100; exec "${process.execPath}" "${script}" --output_dir "${output}"`;
    const { code, errors } = await ending("/bin/sh", "-c", command);
    expect(code).toBe(2);
    expect(errors).toMatch(/The output folder .* cannot be written \(EFBIG/);
    await expectEarlier(output);
  });

  test.runIf(process.platform === "linux")("an output folder that cannot be made", async () => {
    const { code, errors } = await run("--output_dir", "/proc/nowhere");
    expect(code).toBe(2);
    expect(errors).toMatch(/^The output folder \/proc\/nowhere cannot be written \(ENOENT/);
  });

  // Nothing is read-only to root.
  test.skipIf(process.getuid?.() === 0)("an output folder that is read-only", async () => {
    const output = await earlierOutput();
    await chmod(output, 0o555);
    const { code, errors } = await run("--output_dir", output);
    await chmod(output, 0o755);
    expect(code).toBe(2);
    expect(errors).toMatch(/^The output folder .* cannot be written \(EACCES/);
    await expectEarlier(output);
  });

  test.each([
    ["a size that is no size", ["--max_bytes", "0"], /^The size limit is 0/],
    [
      "a kind of question that does not exist",
      ["--drop", "proof,riddle"],
      /^There are no questions of the kind "riddle"/,
    ],
  ])("%s", async (_, flags, message) => {
    const { code, errors } = await run(...flags);
    expect(code).toBe(2);
    expect(errors).toMatch(message);
  });
});

describe("interrupted in the middle,", () => {
  /** The command at work on the sample, once it has begun to write. */
  async function atWork(output: string): Promise<ChildProcess> {
    const watcher = watch(output);
    const begun = once(watcher, "change");
    const child = spawn(process.execPath, [script, "--output_dir", output], { cwd: projectRoot, stdio: "ignore" });
    await begun;
    watcher.close();
    return child;
  }

  test.each(["SIGINT", "SIGTERM"] as const)("by %s, it leaves the earlier files and nothing else", async (signal) => {
    const output = await earlierOutput();
    const child = await atWork(output);
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([2, null]);
    await expectEarlier(output);
  });

  test("by SIGKILL, it leaves the earlier files, and what it had begun goes with the next preparation", async () => {
    const output = await earlierOutput();
    const child = await atWork(output);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect((await readdir(output)).filter((name) => !name.startsWith(".preparing-")).sort()).toEqual(files);
    expect(await readdir(output)).toHaveLength(5);
    await rm(await openUnfinished(output), { recursive: true });
    await expectEarlier(output);
  });
});
