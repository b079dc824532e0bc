/**
 * How reliable the reward is: what it says of pairs of answers whose truth is known.
 * @module
 */
import { DataError, messageOf, UserError } from "../util/errors.js";
import { readLines } from "../util/jsonl.js";
import { mathGraderSource } from "./math-grader.js";
import type { GraderSandbox } from "./sandbox.js";

/**
 * A reference, an answer's text (without box), and whether they are equal; further fields say what kind of
 * pair it is.
 */
export interface GraderCase {
  gold: string;
  pred: string;
  expected: boolean;
  /** Whether `pred` is a whole output, from which the reward extracts the answer itself. */
  full?: boolean;
  [field: string]: unknown;
}

/** Rates as fractions of 1; a rate of no pairs is 0. */
export interface GraderFigures {
  n: number;
  /** The share of pairs decided as expected. */
  accuracy: number;
  /** The share of unequal pairs taken for equal. */
  wrongAccepted: number;
  /** The share of equal pairs taken for unequal. */
  rightRefused: number;
  /** How long one comparison takes inside the sandbox. */
  p50Milliseconds: number;
  p99Milliseconds: number;
  maxMilliseconds: number;
}

/** The figures of all cases. */
export interface GraderMeasurement extends GraderFigures {
  /** Over the whole batch, transfer to the sandbox included. */
  pairsPerSecond: number;
  /** The figures of each kind of pair, by name. */
  groups: ({ group: string } & GraderFigures)[];
  /** The cases decided otherwise than expected, those wrongly accepted first. */
  disagreements: GraderCase[];
}

interface Comparison {
  pair: GraderCase;
  equal: boolean;
  milliseconds: number;
}

/**
 * The graded pairs of a JSONL file; empty lines are skipped. Throws a `DataError` if the file cannot be read
 * or holds no pair, and for a line that is no graded pair, which it names with file and 1-based line.
 */
export async function readGraderCases(file: string): Promise<GraderCase[]> {
  const cases: GraderCase[] = [];
  let number = 0;
  try {
    for await (const line of readLines(file)) {
      number += 1;
      if (line.trim() !== "") cases.push(parseCase(line, `${file}:${number}`));
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new DataError(`The file of graded pairs cannot be read: ${messageOf(error)}`, { cause: error });
  }
  if (cases.length === 0) throw new DataError(`${file} holds no graded pairs.`);
  return cases;
}

/**
 * Compares every pair and counts the outcomes, in all and for each value of the field `by`. Throws a
 * `DataError` with the pair on which the reward fails.
 */
export async function measureGrader(
  sandbox: GraderSandbox,
  cases: readonly GraderCase[],
  { by = "stratum" }: { by?: string } = {},
): Promise<GraderMeasurement> {
  // The first call starts the sandbox, which is not what is measured.
  await compareAll(sandbox, cases.slice(0, 1));
  const start = performance.now();
  const comparisons = await compareAll(sandbox, cases);
  const seconds = (performance.now() - start) / 1000;
  const groupOf = ({ pair }: Comparison): string => String(pair[by] ?? "none");
  const groups = [...new Set(comparisons.map(groupOf))].sort();
  return {
    ...figuresOf(comparisons),
    pairsPerSecond: cases.length / seconds,
    groups: groups.map((group) => ({
      group,
      ...figuresOf(comparisons.filter((comparison) => groupOf(comparison) === group)),
    })),
    disagreements: comparisons
      .filter(isMistaken)
      .map(({ pair }) => pair)
      .sort((a, b) => Number(a.expected) - Number(b.expected)),
  };
}

function parseCase(line: string, where: string): GraderCase {
  try {
    const row = JSON.parse(line) as Partial<GraderCase>;
    if (typeof row.gold === "string" && typeof row.pred === "string" && typeof row.expected === "boolean")
      return row as GraderCase;
  } catch {
    // Falls through to the same message: the line is not what it should be.
  }
  throw new DataError(`${where}: expected a JSON object with "gold", "pred" (strings) and "expected" (true or false).`);
}

/** A whole output goes through the extraction, as in training. */
const comparing = `
def compare(gold, pred, full):
    return score_correctness(pred, {"answer": gold}) == 1 if full else is_equal(gold, pred)
`;

async function compareAll(sandbox: GraderSandbox, cases: readonly GraderCase[]): Promise<Comparison[]> {
  const argumentLists = cases.map(({ gold, pred, full }) => [gold, pred, full ?? false]);
  const outcomes = await sandbox.call(`${mathGraderSource()}${comparing}`, "compare", argumentLists);
  return cases.map((pair, i) => {
    const outcome = outcomes[i];
    if (!outcome?.ok) throw new DataError(`The reward failed on ${JSON.stringify(pair)}: ${outcome?.message}`);
    return { pair, equal: outcome.value === true, milliseconds: outcome.milliseconds };
  });
}

function figuresOf(comparisons: readonly Comparison[]): GraderFigures {
  const times = comparisons.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const timeAt = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  const mistakenShare = (expected: boolean): number =>
    shareOf(
      comparisons.filter(({ pair }) => pair.expected === expected),
      isMistaken,
    );
  return {
    n: comparisons.length,
    accuracy: shareOf(comparisons, (comparison) => !isMistaken(comparison)),
    wrongAccepted: mistakenShare(false),
    rightRefused: mistakenShare(true),
    p50Milliseconds: timeAt(0.5),
    p99Milliseconds: timeAt(0.99),
    maxMilliseconds: timeAt(1),
  };
}

function isMistaken({ pair, equal }: Comparison): boolean {
  return equal !== pair.expected;
}

function shareOf(comparisons: readonly Comparison[], holds: (comparison: Comparison) => boolean): number {
  return comparisons.length === 0 ? 0 : comparisons.filter(holds).length / comparisons.length;
}
