import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Explanation } from "../../dist/grader/answers.js";
import { defaultWeights, mathGraderSource, type Weights } from "../../dist/grader/math-grader.js";
import { type CallOutcome, openSandbox } from "../../dist/grader/sandbox.js";
import { type Random, seededRandom } from "../../dist/util/random.js";
import { type FuzzInput, fuzzInput } from "./fuzz.js";

/** 5,000 with every run of the tests; the soak asks for more. */
const inputCount = Number(process.env.FUZZ_INPUTS ?? 5000);
const batchSize = 250;
const slowMilliseconds = 100;

/** What the grader says of an input; `reversed` is its decision with reference and candidate swapped. */
interface Trial {
  input: FuzzInput;
  isWhole: boolean;
  isSame: boolean;
  isEqual: boolean;
  reversed: boolean;
  reward: number;
  explanation: Explanation;
}

/** Under one set of weights: the least that a right answer earned, and the most that a wrong one did. */
interface Extremes {
  weights: Weights;
  lowestRight: number;
  highestWrong: number;
}

const sandbox = openSandbox();
const random = seededRandom(1);
const answers = knownAnswers();
const extremes = [defaultWeights, ...[1, 2, 3].map(() => randomWeights(random))].map(
  (weights): Extremes => ({ weights, lowestRight: Number.POSITIVE_INFINITY, highestWrong: 0 }),
);
const exceptions: string[] = [];
const unequalToThemselves: string[] = [];
const asymmetric: FuzzInput[] = [];
const outOfRange: string[] = [];
const slow: string[] = [];
const slowest = { milliseconds: 0, call: "" };

beforeAll(
  async () => {
    for (let done = 0; done < inputCount; done += batchSize) {
      const inputs = Array.from({ length: Math.min(batchSize, inputCount - done) }, () => fuzzInput(random, answers));
      const extreme = extremes[(done / batchSize) % extremes.length] as Extremes;
      for (const trial of await runBatch(inputs, extreme.weights)) {
        record(trial, extreme);
      }
    }
  },
  120_000 + 60 * inputCount,
);

afterAll(() => {
  sandbox.close();
  console.log(`${inputCount} inputs; the slowest call: ${slowest.milliseconds.toFixed(1)} ms, ${slowest.call}`);
  if (process.env.FUZZ_INPUTS) {
    console.log(`Calls above ${slowMilliseconds} ms: ${slow.length}\n${slow.join("\n")}`);
  }
});

function knownAnswers(): string[] {
  const rows = readFileSync(join(__dirname, "cases.jsonl"), "utf8").trimEnd().split("\n");
  return [
    ...new Set(
      rows.map((row) => JSON.parse(row) as { gold: string; pred: string }).flatMap(({ gold, pred }) => [gold, pred]),
    ),
  ];
}

/** Any weights that are allowed: together 1, and the largest for correctness. */
function randomWeights(random: Random): Weights {
  const parts = [0, 1, 2, 3].map(random).sort((a, b) => b - a);
  const sum = parts.reduce((total, part) => total + part, 0);
  const [correctness = 1, format = 0, reasoning = 0, completeness = 0] = parts.map((part) => part / sum);
  return { correctness, format, reasoning, completeness };
}

async function runBatch(inputs: FuzzInput[], weights: Weights): Promise<Trial[]> {
  const source = mathGraderSource({ weights });
  const ask = async (name: string, argumentsOf: (input: FuzzInput) => unknown[]): Promise<unknown[]> => {
    const outcomes = await sandbox.call(source, name, inputs.map(argumentsOf));
    return outcomes.map((outcome, i) => {
      const input = inputs[i] as FuzzInput;
      if (!outcome.ok) {
        exceptions.push(`${outcome.message}: ${name} of ${shown(input)}`);
        return undefined;
      }
      // A busy machine stretches the time by the clock, and V8's compiling threads add to that on the processor.
      noteTime(Math.min(outcome.milliseconds, outcome.cpuMilliseconds), name, input);
      return outcome.value;
    });
  };
  const columns = await Promise.all([
    ask("is_equal", ({ gold, pred }) => [gold, pred]),
    ask("is_equal", ({ gold, pred }) => [pred, gold]),
    ask("is_equal", ({ gold }) => [gold, gold]),
    ask("is_well_formed", ({ gold }) => [gold]),
    ask("grade", ({ gold, output }) => [{ output_text: output }, { answer: gold }]),
    ask("explain", ({ gold, output }) => [{ output_text: output }, { answer: gold }]),
  ]);
  return inputs.flatMap((input, i) => {
    const values = columns.map((column) => column[i]);
    const [isEqual, reversed, isSame, isWhole, reward, explanation] = values;
    return values.includes(undefined)
      ? []
      : ({ input, isEqual, reversed, isSame, isWhole, reward, explanation } as Trial);
  });
}

function noteTime(milliseconds: number, name: string, input: FuzzInput): void {
  if (milliseconds > slowest.milliseconds) {
    Object.assign(slowest, { milliseconds, call: `${name} of ${shown(input)}` });
  }
  if (milliseconds > slowMilliseconds) {
    slow.push(`${milliseconds.toFixed(1)} ms, ${name} of ${shown(input)}`);
  }
}

function record({ input, isWhole, isSame, isEqual, reversed, reward, explanation }: Trial, extreme: Extremes): void {
  const isFalseStatement = explanation.reference_form.startsWith("false statement");
  if (isWhole && !isSame && !isFalseStatement) {
    unequalToThemselves.push(shown(input));
  }
  if (isEqual !== reversed) {
    asymmetric.push(input);
  }
  if (!(reward >= 0 && reward <= 1 + 1e-12) || reward !== explanation.total) {
    outOfRange.push(`${reward}: ${shown(input)}`);
  }
  if (explanation.correctness === 1) {
    extreme.lowestRight = Math.min(extreme.lowestRight, reward);
  } else {
    extreme.highestWrong = Math.max(extreme.highestWrong, reward);
  }
}

/** Only a reference can be a choice with its text, `(C) 17`, for the text alone; only its percent sign may be left out. */
async function withoutOneWay(inputs: FuzzInput[]): Promise<FuzzInput[]> {
  const ask = (name: string, side: "gold" | "pred"): Promise<CallOutcome[]> =>
    sandbox.call(
      mathGraderSource(),
      name,
      inputs.map((input) => [input[side]]),
    );
  const choices = [await ask("_choice", "gold"), await ask("_choice", "pred")];
  const forms = [await ask("describe", "gold"), await ask("describe", "pred")];
  const isOneWay = (i: number): boolean => {
    const kinds = forms.map((column) => JSON.stringify(column[i]));
    return (
      choices.some((column) => column[i]?.ok && column[i].value !== null) ||
      kinds.filter((kind) => kind.includes("[%]")).length === 1
    );
  };
  return inputs.filter((_, i) => !isOneWay(i));
}

function shown({ kind, gold, pred, output }: FuzzInput): string {
  return [kind, ...[gold, pred, output].map((text) => JSON.stringify(text.slice(0, 120)))].join("  ");
}

describe(`the reward on ${inputCount} drawn inputs`, () => {
  test("never raises", () => {
    expect(exceptions).toEqual([]);
  });

  test("takes every whole answer for equal to itself, unless it is a false statement", () => {
    expect(unequalToThemselves).toEqual([]);
  });

  test("decides alike when reference and candidate are swapped, but for the text of a choice and for percent signs", async () => {
    expect((await withoutOneWay(asymmetric)).map(shown)).toEqual([]);
  });

  test("is between 0 and 1, and what its explanation says", () => {
    expect(outOfRange).toEqual([]);
  });

  test("never pays a wrong answer what it pays a right one, under any weights", () => {
    for (const { weights, lowestRight, highestWrong } of extremes) {
      expect(highestWrong, JSON.stringify(weights)).toBeLessThan(lowestRight);
      expect(lowestRight).toBeLessThan(Number.POSITIVE_INFINITY);
    }
  });
});

describe("a lone surrogate", () => {
  test("reaches the reward and comes back", async () => {
    const outcomes = await sandbox.call(mathGraderSource(), "extract_answer", [["\\boxed{\ud800x\udfff}"]]);
    expect(outcomes).toMatchObject([{ ok: true, value: "\ud800x\udfff" }]);
  });
});
