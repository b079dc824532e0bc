/**
 * Made-up shards with the statistics of OpenR1-Math-220k: the same number of rows, traces a row and
 * characters a trace, in row groups of the same size, and text that compresses like mathematical reasoning.
 * The figures are those of the dataset's default subset.
 * @module
 */
import { rename } from "node:fs/promises";
import { parquetMetadata } from "hyparquet";
import { ParquetWriter } from "hyparquet-writer";
import { fileWriter } from "hyparquet-writer/src/node.js";
import { type OpenR1Row, shardBytes } from "../../data/open-r1.js";
import { temporaryPath } from "../../util/files.js";
import { sha256 } from "../../util/hash.js";
import { integerBetween, pick, type Random, seededRandom } from "../../util/random.js";
import { loadBenchPackage } from "./bench-packages.js";

/** How the pages of a shard are compressed. */
export type Codec = "SNAPPY" | "ZSTD";

/** One shard. The same index and number of rows give the same content. */
interface ShardPlan {
  index: number;
  rows: number;
  codec: Codec;
  path: string;
}

const rowGroupSize = 1_000;
const traceCharacters = 17_000;
/** Traces are cut from a pool much longer than a page of 1 MB, so that no page holds a passage often. */
const poolCharacters = (rows: number): number => Math.min(20_000_000, 1_000_000 + 2_000 * rows);

/** Writes one shard, whole or not at all. */
export async function makeShard({ index, rows, codec, path }: ShardPlan): Promise<void> {
  const random = seededRandom(1_000 + index);
  const pool = madeText(random, poolCharacters(rows));
  const temporary = temporaryPath(path);
  const writer = new ParquetWriter({
    writer: fileWriter(temporary),
    schema: parquetMetadata(shardBytes([]).buffer as ArrayBuffer).schema,
    codec,
    compressors: codec === "ZSTD" ? { ZSTD: await zstandard() } : {},
  });
  for (let start = 0; start < rows; start += rowGroupSize) {
    const group = Array.from({ length: Math.min(rowGroupSize, rows - start) }, (_, i) =>
      madeRow(`${index}-${start + i}`, pool, random),
    );
    const names = Object.keys(group[0] as OpenR1Row) as (keyof OpenR1Row)[];
    writer.write({ columnData: names.map((name) => ({ name, data: group.map((row) => row[name]) })), rowGroupSize });
  }
  writer.finish();
  await rename(temporary, path);
}

/** The part of the package's interface that is used here. */
interface ZstandardPackage {
  Zstd: { load(): Promise<{ compress(bytes: Uint8Array, level: number): Uint8Array }> };
}

async function zstandard(): Promise<(bytes: Uint8Array) => Uint8Array> {
  const zstd = await loadBenchPackage<ZstandardPackage>("@hpcc-js/wasm-zstd").Zstd.load();
  // Level 1 is what pyarrow writes.
  return (bytes) => zstd.compress(bytes, 1);
}

/** The columns stand in the order of the schema. */
function madeRow(name: string, pool: string, random: Random): OpenR1Row {
  const problem = `${madeText(random, integerBetween(random, 60, 400))}Find $x$.`;
  const answer = pick(random, answerKinds)(random);
  const traces = Array.from({ length: traceCount(random) }, () => madeTrace(pool, answer, random));
  const isVerified = traces.map(() => random() < 0.8);
  return {
    problem,
    solution: cut(pool, 1_000, random),
    answer,
    problem_type: pick(random, ["Algebra", "Geometry", "Number Theory", "Combinatorics", "Calculus", "Inequalities"]),
    question_type: random() < 0.05 ? "proof" : "math-word-problem",
    source: pick(random, ["olympiads", "cn_contest", "aops_forum", "amc_aime", "inequalities"]),
    uuid: sha256(name).slice(0, 32),
    is_reasoning_complete: traces.map(() => random() < 0.95),
    generations: traces,
    correctness_math_verify: isVerified,
    correctness_llama: isVerified.some(Boolean) ? null : traces.map(() => random() < 0.5),
    finish_reasons: traces.map(() => "stop"),
    correctness_count: BigInt(isVerified.filter(Boolean).length),
    messages: [
      { content: problem, role: "user" },
      { content: traces[0] as string, role: "assistant" },
    ],
  };
}

/** 2.06 on average. */
function traceCount(random: Random): number {
  const draw = random();
  return 1 + Number(draw >= 0.1) + Number(draw >= 0.86) + Number(draw >= 0.98);
}

/** Lengths scatter about the mean like the sum of two exponential waiting times. */
function madeTrace(pool: string, answer: string, random: Random): string {
  const length = -(traceCharacters / 2) * Math.log((1 - random()) * (1 - random()));
  return `<think>\n${cut(pool, length, random)}\n</think>\n\nThe answer is $\\boxed{${answer}}$.`;
}

function cut(pool: string, length: number, random: Random): string {
  const start = integerBetween(random, 0, pool.length - length);
  return pool.slice(start, start + length);
}

const answerKinds: readonly ((random: Random) => string)[] = [
  (random) => String(integerBetween(random, -50, 5_000)),
  (random) => String(integerBetween(random, 0, 200)),
  (random) => `\\frac{${integerBetween(random, 1, 99)}}{${integerBetween(random, 2, 99)}}`,
  (random) => `${integerBetween(random, 2, 30)}\\sqrt{${integerBetween(random, 2, 30)}}`,
  (random) => `x^2 + ${integerBetween(random, 2, 90)}x - ${integerBetween(random, 2, 90)}`,
  (random) => `(${integerBetween(random, -9, 9)}, ${integerBetween(random, 10, 99)}]`,
];

const syllables = "al be con der en for gra in ka lo men ni or per qua re so ti ur ve".split(" ");
const operators = ["+", "-", "\\cdot", "=", "\\leq", "\\equiv"];

/** Outside of ASCII, as most real traces have a few. */
const symbols = ["√", "≈", "π", "°"];

/** The commonest words come first and are the shortest. */
const vocabulary: readonly string[] = (() => {
  const random = seededRandom(1);
  const word = (rank: number): string =>
    Array.from({ length: 1 + integerBetween(random, 0, Math.log10(rank + 1)) }, () => pick(random, syllables)).join("");
  return Array.from({ length: 4_000 }, (_, rank) => word(rank));
})();

/** Sentences of at least `length` characters in all. */
export function madeText(random: Random, length: number): string {
  let text = "";
  while (text.length < length) text += sentence(random);
  return text;
}

function sentence(random: Random): string {
  const words = Array.from({ length: integerBetween(random, 6, 18) }, () =>
    random() < 0.15 ? formula(random) : commonWord(random),
  );
  return `${words.join(" ")}${random() < 0.2 ? ".\n\n" : ". "}`;
}

/** The word of rank k with a probability proportional to 1 / k. */
function commonWord(random: Random): string {
  return vocabulary[Math.floor(vocabulary.length ** random()) - 1] as string;
}

function formula(random: Random): string {
  const symbol = random() < 0.01 ? pick(random, symbols) : "";
  const coefficient = integerBetween(random, 1, 300);
  return `$${symbol}${coefficient}${pick(random, ["x", "y", "n", "a"])} ${pick(random, operators)} ${integerBetween(random, 0, 99)}$`;
}
