/**
 * `npm run bench`: what preparation, the tiny model and evaluation cost on this machine.
 * @module
 */
import { parseArgs } from "node:util";
import { UserError } from "../../util/errors.js";
import { benchmarkData, describeData } from "../bench/data.js";
import { benchmarkEvaluate, describeEvaluate } from "../bench/evaluate.js";
import { benchmarkNano, describeNano } from "../bench/nano.js";
import { runCommand } from "./command.js";

const usage = `
Usage: npm run bench -- data|nano|evaluate [options]

Measures this machine, prints a table and, as the last line, the same as JSON. Compare the ratios: both sides of each are measured
in the same run. Every measured program runs in a process of its own; memory is the most that it held at any time.

data: preparation of shards with the statistics of OpenR1-Math-220k, beside DuckDB in alternating runs
  --rows N         rows of a shard (13391)
  --shards N       shards to read, Snappy and Zstandard (2)
  --most N         shards for the second run of prepare-data (10)
  --runs N         runs of each reader, of which the medians are shown (5)
  The shards, 390 MB each, are made once and kept in out/bench; DuckDB is installed into lib/bench.

nano: the tiny model of the local emulator
  --runs N         rounds, of which the medians are shown (5)
  --steps N        steps of the training run whose memory is measured (40)

evaluate: an evaluation of a deployment with a rate limit
  --evaluations N  questions (1000)
  --limit N        requests a second (100)
  --delay N        milliseconds until an answer (200)
`;

runCommand(usage, async () => {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      rows: text("13391"),
      shards: text("2"),
      most: text("10"),
      runs: text("5"),
      steps: text("40"),
      evaluations: text("1000"),
      limit: text("100"),
      delay: text("200"),
    },
  });
  const count = (name: keyof typeof values): number => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number > 0) return number;
    throw new UserError(`--${name} takes a whole number above 0, not "${values[name]}".`);
  };
  const [benchmark, ...more] = positionals;
  if (benchmark === "data" && more.length === 0) {
    const sizes = { rows: count("rows"), shards: count("shards"), most: count("most"), runs: count("runs") };
    const result = await benchmarkData(sizes);
    print(describeData(result), { benchmark, ...sizes, ...result });
  } else if (benchmark === "nano" && more.length === 0) {
    const sizes = { runs: count("runs"), steps: count("steps") };
    const result = await benchmarkNano(sizes);
    print(describeNano(result), { benchmark, ...sizes, ...result });
  } else if (benchmark === "evaluate" && more.length === 0) {
    const evaluations = count("evaluations");
    const limits = { requestsPerSecond: count("limit"), delayMilliseconds: count("delay") };
    const results = await benchmarkEvaluate({ evaluations, ...limits });
    print(describeEvaluate(results), { benchmark, evaluations, ...limits, results });
  } else {
    throw new UserError(
      `Name one benchmark: data, nano or evaluate, not "${positionals.join(" ")}".\n\n${usage.trim()}`,
    );
  }
});

function print(table: string, result: object): void {
  const fourDigits = (_: string, value: unknown): unknown =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  const inSnakeCase = (json: string): string =>
    json.replace(/"\w+":/g, (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  console.log(`${table}\n${inSnakeCase(JSON.stringify(result, fourDigits))}`);
}
