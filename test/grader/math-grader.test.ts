import { afterAll, describe, expect, test } from "vitest";
import { criteria, defaultWeights, mathGrader, mathGraderSource, type Weights } from "../../dist/grader/math-grader.js";
import { runGrader } from "../../dist/grader/run-grader.js";
import { openSandbox } from "../../dist/grader/sandbox.js";
import { validateGrader } from "../../dist/grader/validate-grader.js";

const sandbox = openSandbox();
afterAll(() => sandbox.close());

const derivation = "First, 2 + 2 = 4.\nThen 4 \\cdot 3 = 12.\nSo x = 12.\n";

const samples = [
  { outputText: `${derivation}\\boxed{12}`, item: { answer: "12" } },
  { outputText: "\\boxed{12}", item: { answer: "12" } },
  { outputText: `${derivation}\\boxed{13}`, item: { answer: "12" } },
  { outputText: "\\boxed{1} or \\boxed{12}", item: { answer: "12" } },
  { outputText: "x = 12\n\\boxed{12}", item: { answer: "12" } },
  { outputText: "The answer is 12.", item: { answer: "12" } },
  { outputText: "", item: { answer: "12" } },
  { outputText: "\\boxed{1, 2}", item: { answer: "\\{1, 2\\}" } },
  { outputText: "\\boxed{12}", item: {} },
];

async function rewards(options: Parameters<typeof mathGrader>[0]): Promise<number[]> {
  return (await runGrader(sandbox, mathGrader(options), samples)).map(({ reward }) => reward);
}

describe("the math grader", () => {
  test("is a multi grader of one Python grader for each criterion", () => {
    const grader = mathGrader();
    expect(grader.type).toBe("multi");
    expect(Object.keys(grader.graders)).toEqual([...criteria]);
    expect(grader.calculate_output).toBe(
      "0.8 * correctness + 0.1 * format + 0.05 * correctness * reasoning + 0.05 * correctness * completeness",
    );
    expect(validateGrader(grader)).toEqual([]);
  });

  test("is one Python grader on request, under the name that is asked for", () => {
    const grader = mathGrader({ as: "python" });
    expect(grader).toMatchObject({ type: "python", name: "math_reward" });
    expect(validateGrader(grader)).toEqual([]);
  });

  test("pays the same total in both shapes, for any weights", async () => {
    for (const weights of [undefined, { correctness: 0.6, format: 0.3 }, { correctness: 0.73, format: 0.17 }]) {
      const multi = await rewards({ weights, as: "multi" });
      expect(await rewards({ weights, as: "python" })).toEqual(multi);
      expect(multi.every((reward) => reward >= 0 && reward <= 1 + 1e-12)).toBe(true);
    }
  });

  test("pays 1 for a perfect output, a little for a well-formed wrong one, and nothing without a box", async () => {
    const [perfect, , wrong, , , unboxed, empty] = await rewards({});
    expect(perfect).toBeCloseTo(1);
    expect(wrong).toBeCloseTo(0.1);
    expect([unboxed, empty]).toEqual([0, 0]);
  });

  test("never pays a wrong answer what it pays a right one", async () => {
    const runs = await runGrader(sandbox, mathGrader(), samples);
    const right = runs.filter((run) => run.sub_rewards.correctness === 1).map((run) => run.reward);
    const wrong = runs.filter((run) => run.sub_rewards.correctness === 0).map((run) => run.reward);
    expect(Math.max(...wrong)).toBeLessThan(Math.min(...right));
  });
});

describe("the weights", () => {
  test("are written into the source with the criterion", () => {
    const source = mathGraderSource({ weights: { correctness: 0.7, format: 0.2 }, criterion: "format" });
    expect(source).toContain('WEIGHTS = {"correctness": 0.7, "format": 0.2, "reasoning": 0.05, "completeness": 0.05}');
    expect(source).toContain('CRITERION = "format"');
  });

  test("stand in the Python file as they stand here", () => {
    expect(mathGraderSource()).toBe(mathGraderSource({ weights: defaultWeights, criterion: "total" }));
  });

  test.each([
    [{ correctness: 0.5 }, "add up to 1"],
    [{ correctness: 1.1, format: -0.2 }, "from 0 to 1"],
    [{ correctness: Number.NaN }, "from 0 to 1"],
    [{ correctness: 0.45, format: 0.45 }, "must exceed"],
    [{ style: 0.1 }, 'Unknown weight "style"'],
  ])("are refused as %j", (weights, message) => {
    expect(() => mathGraderSource({ weights: weights as Partial<Weights> })).toThrow(message);
  });
});
