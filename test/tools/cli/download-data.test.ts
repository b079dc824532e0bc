import { type ChildProcess, execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../../dist/util/assets.js";
import { startHub, type TestHub } from "../../data/hub-server.js";

interface Ending {
  code: number;
  output: string;
  errors: string;
}

const script = join(projectRoot, "dist", "tools", "cli", "download-data.js");
const names = [0, 1, 2].map((i) => `train-0000${i}-of-00003.parquet`);
const shards = new Map(names.map((name) => [name, randomBytes(1_200_000)]));

let root: string;
let folder: string;
let hub: TestHub;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "download-data-test-"));
});
beforeEach(async () => {
  folder = await mkdtemp(join(root, "case-"));
  hub = await startHub(shards);
});
afterEach(() => hub.close());
afterAll(() => rm(root, { recursive: true, force: true }));

function start(
  command: string,
  flags: string[],
  environment: object,
): { child: ChildProcess; ending: Promise<Ending> } {
  let tell = (_: Ending): void => {};
  const ending = new Promise<Ending>((resolve) => {
    tell = resolve;
  });
  const options = { cwd: folder, env: { ...process.env, HF_TOKEN: "", ...environment } };
  const child = execFile(command, flags, options, (_, output, errors) =>
    tell({ code: child.exitCode ?? -1, output, errors }),
  );
  return { child, ending };
}

function run(flags: string[], environment: object = {}): Promise<Ending> {
  return start(process.execPath, [script, ...flags], environment).ending;
}

test("two shards arrive in training_data by default, and the second time they are found there", async () => {
  const flags = ["--endpoint", hub.endpoint];
  expect(await run(flags)).toEqual({
    code: 0,
    output: `training_data/${names[0]}: 1.2 MB, downloaded and checked
training_data/${names[1]}: 1.2 MB, downloaded and checked
Together 2.4 MB. Next: npm run prepare-data -- --input_dir ./training_data\n`,
    errors: "",
  });
  const files = (await readdir(join(folder, "training_data"))).sort();
  expect(files).toEqual([names[0], `${names[0]}.sha256`, names[1], `${names[1]}.sha256`]);
  expect((await run(flags)).output).toMatch(
    /^(training_data\/train-0000\d-of-00003.*: 1\.2 MB, already there, and whole\n){2}/,
  );
  expect(hub.ranges).toHaveLength(2);
});

test("Ctrl-C keeps what has arrived, and the next run continues there", async () => {
  hub.faults.silentAfter = 500_000;
  const { child, ending } = start(process.execPath, [script, "--endpoint", hub.endpoint, "--output_dir", "."], {});
  await hub.silent;
  child.kill("SIGINT");
  expect(await ending).toEqual({
    code: 2,
    output: "",
    errors: "Stopped. What has arrived is kept; the next run continues there.\n",
  });
  expect(await readdir(folder)).toEqual([`${names[0]}.partial`]);
  hub.faults.silentAfter = null;
  expect((await run(["--endpoint", hub.endpoint, "--output_dir", ".", "--shards", "1"])).code).toBe(0);
});

test("a disk that fills up ends with code 2, and what has arrived is kept", async () => {
  // The shell's limit on the size of a file, 1000 blocks of 512 bytes or of 1 kB, stands in for a full disk.
  const command = `ulimit -f 1000; exec "${process.execPath}" "${script}" --output_dir . --endpoint ${hub.endpoint}`;
  const { code, errors } = await start("/bin/sh", ["-c", command], {}).ending;
  expect(code).toBe(2);
  expect(errors).toMatch(/^The folder \. cannot be written \(EFBIG.*Make room there/);
  expect(await readdir(folder)).toEqual([`${names[0]}.partial`]);
  expect((await run(["--endpoint", hub.endpoint, "--output_dir", ".", "--shards", "1"])).code).toBe(0);
  expect(hub.ranges.at(-1)).not.toBe(`${names[0]} bytes=0-`);
});

test("HF_TOKEN is used and never shown", async () => {
  hub.faults.token = "hf_right";
  const flags = ["--endpoint", hub.endpoint, "--shards", "1"];
  expect((await run(flags, { HF_TOKEN: "hf_right" })).code).toBe(0);
  const { code, output, errors } = await run(flags, { HF_TOKEN: "hf_wrong" });
  expect({ code, output }).toEqual({ code: 2, output: "" });
  expect(errors).toMatch(/refuses access to open-r1\/OpenR1-Math-220k \(status 401\)\. The token in HF_TOKEN/);
  expect(errors).not.toContain("hf_wrong");
});

test.each<[string, string[], RegExp]>([
  ["no number of shards", ["--shards", "two"], /^--shards is "two"; give a whole number of at least 1, or all\.\n$/],
  ["no address", ["--endpoint", "mirror"], /^The endpoint must be an address such as/],
])("%s ends with code 2 and what to do", async (_, flags, message) => {
  const { code, output, errors } = await run(flags);
  expect({ code, output }).toEqual({ code: 2, output: "" });
  expect(errors).toMatch(message);
});
