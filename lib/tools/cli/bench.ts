/**
 * `npm run bench`: what preparation, the tiny model and evaluation cost on this machine.
 * @module
 */
import { ConfigurationError } from "../../util/errors.js";
import { defineCommand, whole } from "./command.js";

defineCommand({
  call: "npm run bench -- data|nano|evaluate",
  purpose: `
Measures this machine, prints a table and, as the last line, the same as JSON. Compare the ratios: both sides of each
are measured in the same run. Every measured program runs in a process of its own; memory is the most that it held at
any time.

data      preparation of shards with the statistics of OpenR1-Math-220k, beside DuckDB in alternating runs. The
          shards, 390 MB each, are made once and kept in out/bench; DuckDB is installed into lib/tools/bench.
nano      the tiny model of the local emulator
evaluate  an evaluation of a deployment with a rate limit`,
  options: {
    rows: whole("data: rows of a shard", 13_391),
    shards: whole("data: shards to read, Snappy and Zstandard", 2),
    most: whole("data: shards for the second run of prepare-data", 10),
    runs: whole("data: runs of each reader, nano: rounds, of which the medians are shown", 5),
    steps: whole("nano: steps of the training run whose memory is measured", 40),
    evaluations: whole("evaluate: questions", 1000),
    limit: whole("evaluate: requests a second", 100),
    delay: whole("evaluate: milliseconds until an answer", 200),
  },
  async run({ rows, shards, most, runs, steps, evaluations, limit, delay }, named) {
    const [benchmark, ...more] = named;
    if (benchmark === "data" && more.length === 0) {
      const { benchmarkData, describeData } = await import("../bench/data.js");
      const sizes = { rows, shards, most, runs };
      const result = await benchmarkData(sizes);
      print(describeData(result), { benchmark, ...sizes, ...result });
    } else if (benchmark === "nano" && more.length === 0) {
      const { benchmarkNano, describeNano } = await import("../bench/nano.js");
      const sizes = { runs, steps };
      const result = await benchmarkNano(sizes);
      print(describeNano(result), { benchmark, ...sizes, ...result });
    } else if (benchmark === "evaluate" && more.length === 0) {
      const { benchmarkEvaluate, describeEvaluate } = await import("../bench/evaluate.js");
      const limits = { requestsPerSecond: limit, delayMilliseconds: delay };
      const results = await benchmarkEvaluate({ evaluations, ...limits });
      print(describeEvaluate(results), { benchmark, evaluations, ...limits, results });
    } else {
      throw new ConfigurationError(
        `Name one benchmark: data, nano or evaluate, not "${named.join(" ")}". --help explains them.`,
      );
    }
  },
});

function print(table: string, result: object): void {
  const fourDigits = (_: string, value: unknown): unknown =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  const inSnakeCase = (json: string): string =>
    json.replace(/"\w+":/g, (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  console.log(`${table}\n${inSnakeCase(JSON.stringify(result, fourDigits))}`);
}
