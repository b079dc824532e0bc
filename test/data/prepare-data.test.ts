import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { OpenR1Row } from "../../dist/data/open-r1.js";
import type { Preparation } from "../../dist/data/preparation.js";
import { type PrepareOptions, prepareData } from "../../dist/data/prepare-data.js";
import { type ProblemRow, readProblems } from "../../dist/data/problems-table.js";
import { checkTrainingFile, readJsonl, type TrainingLine } from "../../dist/service/training-file.js";
import { projectRoot } from "../../dist/util/assets.js";
import { UserError } from "../../dist/util/errors.js";
import { hashFile, sha256 } from "../../dist/util/hash.js";
import { openR1Row, openR1Rows, temporaryFolder, writeShard } from "./shards.js";

const written = ["manifest.json", "problems.arrow", "training.jsonl", "validation.jsonl"];

function rowsFor(preparation: Preparation, outcome: string): number | undefined {
  return preparation.counts.find((count) => count.outcome === outcome)?.rows;
}

async function allLines(file: string): Promise<TrainingLine[]> {
  const lines: TrainingLine[] = [];
  for await (const line of readJsonl(file)) lines.push(line);
  return lines;
}

describe("a folder with sound and faulty rows in two shards", () => {
  const faulty: Partial<OpenR1Row>[] = [
    { problem: null },
    { answer: null },
    { question_type: "proof" },
    { answer: "\\frac{1" },
    { problem: "How large is it? ![](a.png)" },
    { answer: "349 = 348" },
  ];
  const disagreeing = [
    openR1Row(2, { generations: ["<think>\\boxed{3}</think> So \\boxed{4}."] }),
    openR1Row(3, { generations: ["<think>\\boxed{4}</think> So 4."], question_type: "MCQ" }),
  ];
  const first = [
    openR1Row(1),
    ...disagreeing,
    ...openR1Rows(4, 40),
    ...faulty.map((change, i) => openR1Row(1001 + i, change)),
  ];
  const withinShard = openR1Row(3, { uuid: "again", problem: "  what is $3 +\n1$?" });
  const acrossShards = openR1Row(4, { uuid: "again" });
  const second = [...openR1Rows(41, 79), openR1Row(80, { generations: [], uuid: null }), acrossShards];
  let input: string;
  let output: string;
  let preparation: Preparation;
  let problems: ProblemRow[];
  const progress: unknown[] = [];

  beforeAll(async () => {
    input = await temporaryFolder();
    output = join(await temporaryFolder(), "new");
    await writeShard(input, "train-00000-of-00002.parquet", [...first, withinShard], 30);
    await writeShard(input, "train-00001-of-00002.parquet", second);
    await writeFile(join(input, "notes.txt"), "not a shard");
    const onProgress = (step: unknown): void => void progress.push(step);
    preparation = await prepareData({ inputDir: input, outputDir: output, validationFraction: 0.3, onProgress });
    problems = await readProblems(join(output, "problems.arrow"));
  });

  test("keeps the sound rows and gives each other one its reason", () => {
    const dropped = preparation.counts.slice(2).map(({ outcome, rows }) => [outcome, rows]);
    expect(dropped).toEqual([
      ["no problem", 1],
      ["no answer", 1],
      ["cut-off answer", 1],
      ["proof", 1],
      ["image", 1],
      ["multiple choice", 0],
      ["several parts", 0],
      ["no verified trace", 0],
      ["answer does not match itself", 1],
      ["repeat", 2],
      ["prompt too long", 0],
    ]);
    expect((rowsFor(preparation, "training") ?? 0) + (rowsFor(preparation, "validation") ?? 0)).toBe(80);
    for (const { description } of preparation.counts) expect(description).toMatch(/\.$/);
  });

  test("tells duplicates inside a shard from those across shards", () => {
    expect(preparation.duplicates).toEqual({ withinShards: 1, acrossShards: 1 });
    expect(preparation.inputs.map(({ duplicates }) => duplicates)).toEqual([
      { withinShard: 1, acrossShards: 0 },
      { withinShard: 0, acrossShards: 1 },
    ]);
  });

  test("lists the rows with which the grader disagrees", () => {
    const disagreements = preparation.disagreements.map(({ what, examples }) => [what, examples]);
    const place = { file: "train-00000-of-00002.parquet" };
    expect(disagreements).toEqual([
      [
        "answer does not match itself",
        [{ ...place, row: 46, uuid: "uuid-1006", answer: "349 = 348", traceAnswer: "1007" }],
      ],
      ["trace has another answer", [{ ...place, row: 2, uuid: "uuid-2", answer: "3", traceAnswer: "4" }]],
      ["trace has no answer", [{ ...place, row: 3, uuid: "uuid-3", answer: "4", traceAnswer: null }]],
    ]);
  });

  test("says what the rows ask, and what of that is dropped", () => {
    expect(preparation.questions.map(({ what, rows, dropped }) => [what, rows, dropped])).toEqual([
      ["proof", 1, true],
      ["image", 1, true],
      ["multiple choice", 1, false],
      ["several parts", 0, false],
      ["single question", 85, false],
    ]);
  });

  test("sums up the lengths of the prompts", () => {
    const lengths = problems.flatMap(({ promptTokens }) => promptTokens ?? []).sort((a, b) => a - b);
    expect(preparation.promptTokens).toEqual({ p50: lengths[39], p95: lengths[75], max: lengths[79] });
  });

  test("leaves exactly the four files", async () => {
    expect((await readdir(output)).sort()).toEqual(written);
  });

  test("writes lines that the service's rules accept, and that hold text alone", async () => {
    for (const name of ["training.jsonl", "validation.jsonl"]) {
      const check = checkTrainingFile();
      const lines = (await readFile(join(output, name), "utf8")).trimEnd().split("\n");
      expect(lines.flatMap((line) => check.line(line))).toEqual([]);
      expect(check.end()).toEqual([]);
      for (const { messages, ...item } of lines.map((line) => JSON.parse(line))) {
        expect(messages.map(({ role }: { role: string }) => role)).toEqual(["developer", "user"]);
        expect(Object.keys(item)).toEqual(["answer", "uuid", "problem_type", "source"]);
        for (const value of Object.values(item)) expect(value).toEqual(expect.any(String));
      }
    }
  });

  test("puts no problem on both sides, and says so", async () => {
    const questions = async (name: string): Promise<(string | undefined)[]> =>
      (await allLines(join(output, name))).map(({ messages }) => messages[1]?.content);
    const validation = new Set(await questions("validation.jsonl"));
    expect((await questions("training.jsonl")).filter((question) => validation.has(question))).toEqual([]);
    expect(preparation.leakage).toBe(0);
  });

  test("indexes every row with its split or its reason", () => {
    expect(problems).toHaveLength(88);
    expect(problems.filter(({ split, dropped }) => (split === null) === (dropped === null))).toEqual([]);
    const sound = problems.find(({ uuid }) => uuid === "uuid-1");
    expect(sound).toMatchObject({ source: "test", problemType: "Algebra", answer: "2", answerKind: "number" });
    expect(sound?.traceCharacters).toBe(33);
    expect(sound?.promptTokens).toBeGreaterThan(20);
    expect(problems.find(({ uuid }) => uuid === "uuid-1004")).toMatchObject({
      split: null,
      questionKind: "single question",
      answer: "\\frac{1",
      answerKind: "not well formed",
      promptTokens: null,
      dropped: "cut-off answer",
    });
  });

  test("describes inputs and outputs in the manifest as they are", async () => {
    expect(JSON.parse(await readFile(join(output, "manifest.json"), "utf8"))).toEqual(preparation);
    expect(preparation.inputs.map(({ file, rows }) => [file, rows])).toEqual([
      ["train-00000-of-00002.parquet", 47],
      ["train-00001-of-00002.parquet", 41],
    ]);
    for (const { file, bytes, sha256: hash } of preparation.inputs) {
      expect([bytes, hash]).toEqual([(await readFile(join(input, file))).length, await hashFile(join(input, file))]);
    }
    for (const { file, bytes, sha256: hash } of preparation.outputs) {
      const content = await readFile(join(output, file));
      expect([bytes, hash]).toEqual([content.length, sha256(content)]);
    }
    expect(preparation.outputs[0]?.lines).toBe((await allLines(join(output, "training.jsonl"))).length);
  });

  test("reports progress until every row is read", () => {
    expect(progress).toEqual([
      { done: 30, total: 88 },
      { done: 47, total: 88 },
      { done: 88, total: 88 },
    ]);
  });

  test("gives the same bytes again, and the same split from other shards in another order", async () => {
    const again = await prepareData({ inputDir: input, outputDir: output, validationFraction: 0.3 });
    expect(again).toEqual(preparation);

    const other = await temporaryFolder();
    await writeShard(other, "all.parquet", [...second.toReversed(), ...first.toReversed(), withinShard]);
    await prepareData({ inputDir: other, outputDir: other, validationFraction: 0.3 });
    const splits = (rows: ProblemRow[]): string[] =>
      rows.filter(({ split }) => split).map(({ answer, split }) => `${answer} ${split}`);
    expect(splits(await readProblems(join(other, "problems.arrow"))).sort()).toEqual(splits(problems).sort());
  });
});

test("the supervised format pairs each problem with its verified trace", async () => {
  const folder = await temporaryFolder();
  const rows = [...openR1Rows(1, 30), openR1Row(31, { is_reasoning_complete: [false] })];
  await writeShard(folder, "train.parquet", rows);
  const preparation = await prepareData({
    inputDir: folder,
    outputDir: folder,
    format: "sft",
    validationFraction: 0.3,
  });
  expect(rowsFor(preparation, "no verified trace")).toBe(1);
  const [line] = await allLines(join(folder, "training.jsonl"));
  expect(Object.keys(line ?? {})).toEqual(["messages"]);
  expect(line?.messages.map(({ role }) => role)).toEqual(["system", "user", "assistant"]);
  expect(line?.messages[2]?.content).toMatch(/^<think>one more<\/think> \\boxed\{\d+\}$/);
});

describe("of a folder with more shards", () => {
  const names = ["more.parquet", "train-00000-of-00010.parquet", "train-00001-of-00010.parquet"];
  let folder: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    for (const [i, name] of names.entries()) await writeShard(folder, name, openR1Rows(100 * i, 100 * i + 40));
  });

  test("another shard moves no problem, and neither does a third file, which takes from training", async () => {
    const splitsWith = async (options: Partial<PrepareOptions>): Promise<Map<string, ProblemRow["split"]>> => {
      const outputDir = await temporaryFolder();
      const preparation = await prepareData({ inputDir: folder, outputDir, validationFraction: 0.2, ...options });
      expect(preparation.leakage).toBe(0);
      const lines = preparation.outputs.filter(({ file }) => file.endsWith(".jsonl")).map(({ lines }) => lines);
      expect(lines.reduce((sum, count) => sum + count, 0)).toBe(41 * preparation.inputs.length);
      return new Map((await readProblems(join(outputDir, "problems.arrow"))).map(({ uuid, split }) => [uuid, split]));
    };
    const before = await splitsWith({});
    const after = await splitsWith({ shards: "all", testFraction: 0.3 });
    expect([before.size, after.size]).toEqual([82, 123]);
    for (const [uuid, split] of before) {
      if (after.get(uuid) !== split) expect([split, after.get(uuid)]).toEqual(["training", "test"]);
    }
    expect([...after.values()].filter((split) => split === "test").length).toBeGreaterThan(10);
  });

  test("longer prompts and unwanted questions can be left out", async () => {
    const inputDir = await temporaryFolder();
    const long = openR1Row(50, { problem: `${"Very long. ".repeat(50)}What is $50 + 1$?` });
    const choice = openR1Row(51, { question_type: "MCQ" });
    await writeShard(inputDir, "a.parquet", [
      ...openR1Rows(1, 40),
      long,
      choice,
      openR1Row(52, { question_type: "proof" }),
    ]);
    const drop = ["multiple choice"] as const;
    const preparation = await prepareData({ inputDir, outputDir: inputDir, maxPromptTokens: 100, drop });
    const dropped = preparation.counts.filter(
      ({ outcome, rows }) => rows > 0 && outcome !== "training" && outcome !== "validation",
    );
    expect(dropped.map(({ outcome, rows }) => [outcome, rows])).toEqual([
      ["multiple choice", 1],
      ["prompt too long", 1],
    ]);
    expect(preparation.promptTokens.max).toBeLessThan(100);
  });
});

describe("the committed sample", () => {
  test("is used where the folder holds no other shards, and gives a thousand problems and more", async () => {
    const outputDir = await temporaryFolder();
    const preparation = await prepareData({ inputDir: join(projectRoot, "training_data"), outputDir });
    expect(preparation.isSample).toBe(true);
    expect(rowsFor(preparation, "training")).toBeGreaterThan(1_800);
    expect(rowsFor(preparation, "validation")).toBeGreaterThan(150);
    for (const outcome of ["no answer", "proof", "cut-off answer", "image", "answer does not match itself", "repeat"]) {
      expect(rowsFor(preparation, outcome), outcome).toBeGreaterThan(0);
    }
    expect(preparation.duplicates.acrossShards).toBeGreaterThan(0);
    for (const { file } of preparation.outputs.slice(0, 2)) {
      const check = checkTrainingFile();
      for await (const line of readJsonl(join(outputDir, file))) expect(check.line(JSON.stringify(line))).toEqual([]);
      expect(check.end()).toEqual([]);
    }
  });
});

describe("a preparation that fails leaves the earlier files as they were and nothing beside them:", () => {
  const earlier = Object.fromEntries(written.map((name) => [name, `earlier ${name}`]));

  async function expectRefusal(rows: OpenR1Row[][], options: Partial<PrepareOptions>, message: RegExp): Promise<void> {
    const [inputDir, outputDir] = [await temporaryFolder(), await temporaryFolder()];
    for (const [i, shard] of rows.entries()) await writeShard(inputDir, `train-${i}.parquet`, shard);
    for (const [name, content] of Object.entries(earlier)) await writeFile(join(outputDir, name), content);
    const refusal: unknown = await prepareData({ inputDir, outputDir, ...options }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(UserError);
    expect((refusal as UserError).message).toMatch(message);
    expect((await readdir(outputDir)).sort()).toEqual(written);
    for (const name of written) expect(await readFile(join(outputDir, name), "utf8")).toBe(earlier[name]);
  }

  test("no shards", async () => {
    await expectRefusal([], {}, /There is no \.parquet file in .*open-r1\/OpenR1-Math-220k/);
  });

  test("the same shard twice", async () => {
    const shard = openR1Rows(1, 60);
    await expectRefusal([shard, shard], {}, /train-1\.parquet is the same shard as train-0\.parquet/);
  });

  test("no input folder", async () => {
    await expectRefusal([], { inputDir: "/nowhere" }, /\/nowhere cannot be read/);
  });

  test("too few training lines", async () => {
    await expectRefusal([openR1Rows(1, 9)], {}, /Only \d problems are left for training\.jsonl, and at least 10/);
  });

  test("a size limit that the second shard crosses", async () => {
    const shards = [openR1Rows(1, 20), openR1Rows(21, 60)];
    const message =
      /training\.jsonl passes the limit of --max_bytes: with line \d+, from train-1\.parquet, it reaches 10,\d{3} bytes\. The first 1 of 2 shards fit: .*--shards 1,/;
    await expectRefusal(shards, { maxBytes: 10_000 }, message);
  });

  test("a signal that stops it", async () => {
    const signal = AbortSignal.abort(new UserError("Stopped."));
    await expectRefusal([openR1Rows(1, 60)], { signal }, /^Stopped\.$/);
  });

  test.each([
    [{ validationFraction: 1 }, /The validation fraction is 1;/],
    [{ seed: 1.5 }, /The seed is 1\.5;/],
    [{ maxBytes: Number.NaN }, /The size limit is NaN;/],
    [{ testFraction: 0.95 }, /The test fraction is 0\.95;.* beside 0\.1 for validation/],
    [{ maxPromptTokens: 0 }, /The token limit is 0;/],
    [{ shards: 0 }, /The number of shards is 0;/],
    [{ drop: ["riddle" as "proof"] }, /no questions of the kind "riddle"/],
    [{ format: "dpo" as "rft" }, /The format dpo is unknown/],
  ])("a setting out of range: %o", async (options, message) => {
    await expectRefusal([openR1Rows(1, 60)], options, message);
  });

  test("an output folder that cannot be one", async () => {
    const folder = await temporaryFolder();
    await writeShard(folder, "train.parquet", openR1Rows(1, 60));
    const outputDir = join(folder, "train.parquet");
    await expect(prepareData({ inputDir: folder, outputDir })).rejects.toThrow(/output folder .* cannot be written/);
    await mkdir(join(folder, "out", "manifest.json"), { recursive: true });
    await expect(prepareData({ inputDir: folder, outputDir: join(folder, "out") })).rejects.toThrow(
      /manifest\.json is a folder there/,
    );
  });
});
