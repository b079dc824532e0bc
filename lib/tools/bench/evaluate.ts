/**
 * How close an evaluation comes to the rate limit of the service, and whether its memory grows with the number of questions.
 * @module
 */
import { measureTask } from "./measure.js";
import { type LimitKind, minimumSeconds, type ServerPlan, startRateLimitedServer } from "./rate-limited-server.js";
import { textTable } from "./text-table.js";

/** What to measure. */
export interface EvaluateBenchmarkOptions {
  evaluations: number;
  requestsPerSecond: number;
  delayMilliseconds: number;
}

/** An evaluation under one kind of limit. */
export interface EvaluateResult {
  limit: LimitKind;
  seconds: number;
  /** The limit's own minimum. */
  minimumSeconds: number;
  /** `seconds` / `minimumSeconds`. */
  ratio: number;
  /** Requests that were refused with 429. */
  refused: number;
  peakMegabytes: number;
  /** The peak memory, divided by that of an evaluation with a tenth of the questions. */
  memoryRatio: number;
}

/** Evaluates against a local server under both kinds of limit. */
export async function benchmarkEvaluate(options: EvaluateBenchmarkOptions): Promise<EvaluateResult[]> {
  return [await evaluateUnder("window", options), await evaluateUnder("bucket", options)];
}

async function evaluateUnder(
  kind: LimitKind,
  { evaluations, ...limits }: EvaluateBenchmarkOptions,
): Promise<EvaluateResult> {
  const text = `${"First $1 + 1 = 2$, and so on. ".repeat(50)}The answer is $\\boxed{7}$.`;
  const plan: ServerPlan = { kind, text, ...limits };
  const run = async (questions: number) => {
    const server = await startRateLimitedServer(plan);
    try {
      const measured = await measureTask("evaluate", { baseUrl: server.baseUrl, evaluations: questions });
      return { ...measured, ...server.counts };
    } finally {
      await server.close();
    }
  };
  const few = await run(Math.ceil(evaluations / 10));
  const { result: seconds, refused, peakMegabytes } = await run(evaluations);
  const minimum = minimumSeconds(evaluations, plan);
  return {
    limit: kind,
    seconds,
    minimumSeconds: minimum,
    ratio: seconds / minimum,
    refused,
    peakMegabytes,
    memoryRatio: peakMegabytes / few.peakMegabytes,
  };
}

/** The results for people. */
export function describeEvaluate(results: readonly EvaluateResult[]): string {
  return textTable([
    ["limit", "seconds", "its minimum", "ratio", "refused", "peak MB", "memory, 10 x the questions"],
    ...results.map((result) => [
      result.limit,
      result.seconds.toFixed(1),
      result.minimumSeconds.toFixed(1),
      result.ratio.toFixed(2),
      String(result.refused),
      result.peakMegabytes.toFixed(0),
      `x ${result.memoryRatio.toFixed(2)}`,
    ]),
  ]);
}
