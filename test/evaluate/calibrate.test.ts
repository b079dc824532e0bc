import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  type Calibration,
  type CalibrationFinding,
  calibrateGrader,
  knownBadOutputs,
} from "../../dist/evaluate/calibrate.js";
import type { Evaluation } from "../../dist/evaluate/evaluate.js";
import { mathGrader } from "../../dist/grader/math-grader.js";
import { readGraderCases } from "../../dist/grader/measure.js";
import { runGrader } from "../../dist/grader/run-grader.js";
import { openSandbox } from "../../dist/grader/sandbox.js";
import type { Grader } from "../../dist/service/graders.js";
import { UserError } from "../../dist/util/errors.js";
import { madeEvaluation } from "./made-evaluation.js";

const sandbox = openSandbox();
afterAll(() => sandbox.close());

const problems = ["7", "\\frac{1}{2}", "x > 3", "\\{1, 2\\}", "12 \\text{ cm}"].map((answer, i) => ({
  id: `u${i}`,
  problemType: "Algebra",
  messages: [{ role: "user" as const, content: `Problem ${i}` }],
  item: { answer },
}));

const python = (body: string): Grader => ({
  type: "python",
  name: "python",
  source: `def grade(sample, item):\n    ${body}`,
});

/** Of every ten problems, `mixed` are answered rightly in `right` of four answers; the others always wrongly. */
function baseWith(mixed: number, right: number): Evaluation {
  const values = (problem: number): number[] =>
    Array.from({ length: 4 }, (_, answer) => Number(problem % 10 < mixed && answer < right));
  return madeEvaluation(
    "base",
    Array.from({ length: 20 }, (_, problem) => values(problem)),
  );
}

function calibrate(evaluation: Evaluation, grader: Grader = mathGrader()): Promise<Calibration> {
  return calibrateGrader({ evaluation, problems, grader, sandbox });
}

function finding({ findings }: Calibration, check: string): CalibrationFinding | undefined {
  return findings.find((found) => found.check === check);
}

describe("a base that fails on half of its answers", () => {
  test("is a go without warning", async () => {
    const calibration = await calibrate(baseWith(10, 2));
    expect(calibration.findings.map(({ level }) => level)).toEqual(Array(7).fill("ok"));
    expect(calibration).toMatchObject({ decision: "go", failRate: 0.5, withoutSpread: 0 });
    expect(calibration.reason).toBe(
      "There is something to learn from: the answers earn different rewards on 100 % of the problems, " +
        "and on 100 % some are right and some wrong.",
    );
    expect(calibration.rewards).toHaveLength(80);
  });
});

describe("the fail rate", () => {
  test.each([
    [10, 4, "0 %, too easy", "watch"],
    [10, 3, "25 %, healthy", "ok"],
    [10, 2, "50 %, healthy", "ok"],
    [8, 2, "60 %, harsh", "watch"],
    [9, 1, "78 %, too hard", "watch"],
  ])("with %d mixed problems in ten, %d of 4 answers right, is %s", async (mixed, right, value, level) => {
    const failRate = finding(await calibrate(baseWith(mixed, right)), "fail rate");
    expect(failRate).toMatchObject({ value: expect.stringContaining(value), level });
  });

  test("that is too hard is a go that says why training can work all the same", async () => {
    const { decision, reason } = await calibrate(baseWith(9, 1));
    expect(decision).toBe("go");
    expect(reason).toMatch(
      /^There is something to learn from: .* on 90 % .* To keep in mind: fail rate 78 %, too hard/,
    );
  });
});

describe("no go", () => {
  test("where the base never succeeds", async () => {
    const calibration = await calibrate(baseWith(0, 0));
    expect(finding(calibration, "right answers")).toMatchObject({ level: "stop" });
    expect(calibration).toMatchObject({ decision: "no go", reason: expect.stringContaining("right answers 0 of 80") });
  });

  test("where the answers to each problem all earn the same", async () => {
    const calibration = await calibrate(baseWith(5, 4));
    expect(calibration).toMatchObject({ decision: "no go", withoutSpread: 1 });
    expect(finding(calibration, "problems whose answers all earn the same")).toMatchObject({ level: "stop" });
  });

  test("where a known-bad output earns what a right answer earns", async () => {
    const paysForLength = python('return min(1.0, len(sample["output_text"]) / 1000)');
    const calibration = await calibrate(baseWith(10, 2), paysForLength);
    expect(finding(calibration, "best paid known-bad output")).toEqual({
      check: "best paid known-bad output",
      value: "1.00 (length stuffing)",
      healthy: "below 1.00, the lowest of a right answer, and below 0.50",
      level: "stop",
    });
    expect(calibration.decision).toBe("no go");
  });

  test("where the grader failed on an answer, or fails on a known-bad output", async () => {
    const failed = await calibrate({ ...baseWith(10, 2), graderFailures: 3 });
    expect(finding(failed, "grader errors")).toMatchObject({ value: "3", level: "stop" });
    const raising = await calibrate(baseWith(10, 2), python('return 0.0 * len(sample["output_text"][0])'));
    expect(finding(raising, "grader errors")).toMatchObject({ value: "5", level: "stop" });
    expect(raising.decision).toBe("no go");
  });
});

describe("a warning", () => {
  test("where a known-bad output earns half of the reward or more", async () => {
    const generous = await calibrate(baseWith(10, 2), python("return 0.6"));
    expect(finding(generous, "best paid known-bad output")).toMatchObject({ level: "watch" });
    expect(generous.decision).toBe("go");
  });

  test("where nearly all answers are at the best reward", async () => {
    const easy = baseWith(10, 4);
    const [first, ...others] = easy.samples;
    const samples = [{ ...(first as (typeof others)[number]), reward: 0 }, ...others];
    const calibration = await calibrate({ ...easy, samples });
    expect(finding(calibration, "answers at the best reward")).toMatchObject({
      value: "99 % at 1.00",
      level: "watch",
    });
    expect(finding(calibration, "mean reward")).toMatchObject({ level: "watch" });
    expect(finding(calibration, "problems whose answers all earn the same")).toMatchObject({ level: "watch" });
  });
});

test("refuses an evaluation without spread to see, and one without problems", async () => {
  const evaluation = madeEvaluation("base", Array(6).fill([1]));
  await expect(calibrate(evaluation)).rejects.toThrow(UserError);
  const without = calibrateGrader({ evaluation: baseWith(5, 2), problems: [], grader: mathGrader(), sandbox });
  await expect(without).rejects.toThrow("known-bad outputs");
});

const problemWith = (answer: string) => ({
  id: "u",
  problemType: "Algebra",
  messages: [
    { role: "developer" as const, content: "Put the final answer in \\boxed{}." },
    { role: "user" as const, content: "What is $x$?" },
  ],
  item: { answer },
});

test("names the right answer among others, and never alone", () => {
  const outputs = Object.fromEntries(
    knownBadOutputs(problemWith("42")).map(({ name, outputText }) => [name, outputText]),
  );
  expect(outputs.empty).toBe("");
  expect(outputs["echo of the prompt"]).toBe("Put the final answer in \\boxed{}.\nWhat is $x$?");
  expect(outputs.hedge).toContain("\\boxed{42 \\text{ or } ");
  expect(outputs["box spam"]).toContain("\\boxed{42}");
  expect(outputs["box spam"]?.trimEnd()).not.toMatch(/boxed\{42\}\$\.$/);
  expect(outputs["length stuffing"]?.length).toBeGreaterThan(2000);
});

test("builds outputs that the math grader pays for their format at most, whatever kind the reference is of", async () => {
  const cases = await readGraderCases(join(__dirname, "../grader/cases.jsonl"));
  const references = [...new Set(cases.map(({ gold }) => gold))].filter((_, i) => i % 4 === 0);
  const outputs = references.flatMap((answer) => knownBadOutputs(problemWith(answer)));
  const runs = await runGrader(sandbox, mathGrader(), outputs);
  const paid = outputs.filter((_, i) => (runs[i]?.sub_rewards.correctness ?? 1) > 0);
  expect(paid.map(({ name, item }) => [name, item.answer])).toEqual([]);
});
