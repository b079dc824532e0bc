/**
 * What data preparation costs on shards of the dataset's size: its first stage beside DuckDB, every stage
 * alone, and the memory of the whole command. The shards are made once and kept under `out/bench`, which git
 * ignores.
 * @module
 */
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { projectRoot } from "../../util/assets.js";
import { mapConcurrently } from "../../util/map-concurrently.js";
import { median } from "../../util/numbers.js";
import { installBenchPackages } from "./bench-packages.js";
import type { Selection } from "./data-tasks.js";
import type { Codec } from "./make-shards.js";
import { type Measured, measureCommand, measureTask, textTable } from "./measure.js";

/** Which shards are measured, and how often the comparison with DuckDB is repeated. */
interface DataBenchmarkOptions {
  /** Rows of each shard. */
  rows: number;
  /** Shards in both codecs. */
  shards: number;
  /** Shards in Snappy, including the former. */
  most: number;
  runs: number;
}

/** Holds everything that the benchmark makes. */
const benchFolder = join(projectRoot, "out", "bench");

/** Medians over the runs. */
interface ReaderCost {
  seconds: number;
  cpuSeconds: number;
  peakMegabytes: number;
}

/** Reading, selecting and writing by the project and by DuckDB. */
interface SelectResult {
  codec: Codec;
  project: ReaderCost;
  duckdb: ReaderCost;
  /** The project's CPU time, divided by DuckDB's. */
  cpuRatio: number;
  /** The project's peak memory, divided by DuckDB's. */
  memoryRatio: number;
}

/** One run of `npm run prepare-data`. */
interface PrepareResult {
  shards: number;
  seconds: number;
  peakMegabytes: number;
  /** The peak of the grader's sandbox, a process of its own; 0 on systems that do not tell. */
  sandboxPeakMegabytes: number;
}

/** Everything that was measured. */
interface DataResult {
  select: SelectResult[];
  stages: { stage: string; rows: number; seconds: number }[];
  prepare: PrepareResult[];
  /** The peak memory with the most shards, divided by that with few. */
  prepareMemoryRatio: number;
}

/** Makes the missing shards, and measures. Throws if DuckDB and the project select differently. */
export async function benchmarkData(options: DataBenchmarkOptions): Promise<DataResult> {
  installBenchPackages();
  await makeMissingShards(options);
  const snappy = await compareReaders("SNAPPY", options);
  const zstandard = await compareReaders("ZSTD", options);
  const few = await prepare(options.rows, options.shards);
  const most = await prepare(options.rows, options.most);
  return {
    select: [snappy, zstandard],
    stages: await timeStages(options, snappy),
    prepare: [few, most],
    prepareMemoryRatio: most.peakMegabytes / few.peakMegabytes,
  };
}

async function compareReaders(codec: Codec, { rows, shards, runs }: DataBenchmarkOptions): Promise<SelectResult> {
  const paths = shardPaths(codec, rows, shards);
  const project: Measured<Selection>[] = [];
  const duckdb: Measured<Selection>[] = [];
  for (let run = 0; run < runs; run++) {
    project.push(await select("selectWithHyparquet", paths));
    duckdb.push(await select("selectWithDuckdb", paths));
  }
  const found = new Set([...project, ...duckdb].map(({ result }) => result.sha256));
  if (found.size !== 1) throw new Error(`${codec}: the readers wrote ${found.size} different files`);
  const [ours, theirs] = [medianCost(project), medianCost(duckdb)];
  return {
    codec,
    project: ours,
    duckdb: theirs,
    cpuRatio: ours.cpuSeconds / theirs.cpuSeconds,
    memoryRatio: ours.peakMegabytes / theirs.peakMegabytes,
  };
}

async function select(task: "selectWithHyparquet" | "selectWithDuckdb", paths: string[]): Promise<Measured<Selection>> {
  const output = join(benchFolder, "selected.jsonl");
  await rm(output, { force: true });
  try {
    return await measureTask(task, { paths, output });
  } finally {
    await rm(output, { force: true });
  }
}

function medianCost(measured: readonly Measured<Selection>[]): ReaderCost {
  return {
    seconds: median(measured.map(({ seconds }) => seconds)),
    cpuSeconds: median(measured.map(({ cpuSeconds }) => cpuSeconds)),
    peakMegabytes: median(measured.map(({ peakMegabytes }) => peakMegabytes)),
  };
}

async function timeStages(
  { rows, shards }: DataBenchmarkOptions,
  { project }: SelectResult,
): Promise<DataResult["stages"]> {
  const paths = shardPaths("SNAPPY", rows, shards);
  const tokens = (await measureTask("countTokens", { paths })).result;
  const grading = (await measureTask("gradeAnswers", { paths })).result;
  return [
    { stage: "read, select, write", rows: tokens.rows, seconds: project.seconds },
    { stage: "count tokens", ...tokens },
    { stage: "grade answers", ...grading },
  ];
}

async function prepare(rows: number, shards: number): Promise<PrepareResult> {
  const output = join(benchFolder, "prepared");
  await mkdir(output, { recursive: true });
  const command = join(projectRoot, "dist", "tools", "cli", "prepare-data.js");
  const { seconds, peakMegabytes, childrenPeakMegabytes } = await measureCommand(command, [
    ...["--input_dir", shardFolder("SNAPPY", rows), "--shards", String(shards)],
    ...["--output_dir", output],
  ]);
  return { shards, seconds, peakMegabytes, sandboxPeakMegabytes: childrenPeakMegabytes };
}

/** The results as tables. */
export function describeData({ select, stages, prepare, prepareMemoryRatio }: DataResult): string {
  const cells = ({ seconds, cpuSeconds, peakMegabytes }: ReaderCost): string[] => [
    seconds.toFixed(1),
    cpuSeconds.toFixed(2),
    peakMegabytes.toFixed(0),
  ];
  return [
    textTable([
      ["read, select, write", "seconds", "CPU seconds", "peak MB"],
      ...select.flatMap(({ codec, project, duckdb, cpuRatio, memoryRatio }) => [
        [`${codec.toLowerCase()}, this project`, ...cells(project)],
        [`${codec.toLowerCase()}, DuckDB`, ...cells(duckdb)],
        [`${codec.toLowerCase()}, ratio`, "", cpuRatio.toFixed(2), memoryRatio.toFixed(2)],
      ]),
    ]),
    textTable([
      ["stage", "rows", "seconds", "rows a second"],
      ...stages.map(({ stage, rows, seconds }) => [
        stage,
        String(rows),
        seconds.toFixed(1),
        (rows / seconds).toFixed(0),
      ]),
    ]),
    textTable([
      ["prepare-data", "seconds", "peak MB", "sandbox MB"],
      ...prepare.map(({ shards, seconds, peakMegabytes, sandboxPeakMegabytes }) => [
        `${shards} shards`,
        seconds.toFixed(1),
        peakMegabytes.toFixed(0),
        sandboxPeakMegabytes.toFixed(0),
      ]),
      ["ratio", "", prepareMemoryRatio.toFixed(2)],
    ]),
  ].join("\n\n");
}

function shardFolder(codec: Codec, rows: number): string {
  return join(benchFolder, `shards-of-${rows}`, codec.toLowerCase());
}

/** The first shards with `rows` rows each, in the order of their names. They need not exist. */
function shardPaths(codec: Codec, rows: number, count: number): string[] {
  const number = (index: number): string => String(index).padStart(5, "0");
  return Array.from({ length: count }, (_, i) => join(shardFolder(codec, rows), `train-${number(i)}-of-00010.parquet`));
}

/** Makes what is missing, two shards at a time. */
async function makeMissingShards({ rows, shards, most }: DataBenchmarkOptions): Promise<void> {
  const files = [
    ...shardPaths("SNAPPY", rows, most).map((path, index) => ({ codec: "SNAPPY" as const, path, index })),
    ...shardPaths("ZSTD", rows, shards).map((path, index) => ({ codec: "ZSTD" as const, path, index })),
  ];
  const missing = files.filter(({ path }) => !existsSync(path));
  if (missing.length > 0) console.error(`Making ${missing.length} shards in ${benchFolder} (once) ...`);
  for (const { path } of missing) await mkdir(dirname(path), { recursive: true });
  await mapConcurrently(missing, 2, ({ index, ...file }) => measureTask("makeShard", { index, rows, ...file }));
}
