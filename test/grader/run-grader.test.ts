import { afterAll, describe, expect, test } from "vitest";
import { runGrader, runGraderInParts } from "../../dist/grader/run-grader.js";
import { openSandbox } from "../../dist/grader/sandbox.js";
import type { Grader, MultiGrader, PythonGrader, StringCheckGrader } from "../../dist/service/graders.js";

const sandbox = openSandbox();
afterAll(() => sandbox.close());

const python = (body: string): PythonGrader => ({
  type: "python",
  name: "python",
  source: `def grade(sample, item):\n    ${body}\n`,
});

const samples = [
  { outputText: "12", item: { answer: "12" } },
  { outputText: "It is twelve", item: { answer: "IT" } },
];

async function rewards(grader: Grader): Promise<number[]> {
  return (await runGrader(sandbox, grader, samples)).map(({ reward }) => reward);
}

describe("a string check", () => {
  const check = (operation: StringCheckGrader["operation"]): StringCheckGrader => ({
    type: "string_check",
    name: "check",
    operation,
    input: "{{sample.output_text}}",
    reference: "{{item.answer}}",
  });

  test.each([
    ["eq", [1, 0]],
    ["ne", [0, 1]],
    ["like", [1, 0]],
    ["ilike", [1, 1]],
  ] as const)("by %s pays %j", async (operation, expected) => {
    expect(await rewards(check(operation))).toEqual(expected);
  });

  test("gives up on texts whose search would take minutes, and on those that a template repeats without end", async () => {
    const half = "a".repeat(500_000);
    const long = { outputText: half.repeat(4), item: { answer: `${half}b${half}` } };
    const [searched] = await runGrader(sandbox, check("like"), [long]);
    expect(searched).toMatchObject({ reward: 0, metadata: { errors: { other_error: true } } });
    const [repeated] = await runGrader(sandbox, { ...check("eq"), input: "{{item.answer}}".repeat(10_000) }, [long]);
    expect(repeated).toMatchObject({ reward: 0, metadata: { errors: { invalid_variable_error: true } } });
  });

  test("flags a variable that does not exist", async () => {
    const [run] = await runGrader(sandbox, { ...check("eq"), reference: "{{item.missing}}" }, samples);
    expect(run).toMatchObject({ reward: 0, metadata: { errors: { invalid_variable_error: true } } });
  });
});

describe("a Python grader", () => {
  test("sees the output and the row", async () => {
    expect(await rewards(python('return 0.25 if sample["output_text"] == item["answer"] else -2'))).toEqual([0.25, -2]);
  });

  test("pays 0 where it raises, and says why", async () => {
    const [run] = await runGrader(sandbox, python('return item["missing"]'), samples);
    expect(run).toMatchObject({
      reward: 0,
      metadata: {
        name: "python",
        type: "python",
        errors: {
          python_grader_runtime_error: true,
          python_grader_runtime_error_details: "KeyError: 'missing' (line 2, in grade)",
          other_error: false,
        },
      },
    });
  });

  test.each([['"1"'], ["None"], ["True"], ["[1]"]])("pays 0 where it returns %s", async (value) => {
    const [run] = await runGrader(sandbox, python(`return ${value}`), samples);
    expect(run?.reward).toBe(0);
    expect(run?.metadata.errors.python_grader_runtime_error_details).toContain("not a number");
  });

  test("reports its time in seconds, and no parts", async () => {
    const [run] = await runGrader(sandbox, python("return 1"), samples);
    expect(run?.metadata.execution_time).toBeGreaterThan(0);
    expect(run).toMatchObject({ sub_rewards: {}, model_grader_token_usage_per_model: {} });
  });
});

describe("a multi grader", () => {
  const multi = (formula: string, first = "return 0.5"): MultiGrader => ({
    type: "multi",
    name: "multi",
    graders: { first: python(first), second: python('return len(sample["output_text"])') },
    calculate_output: formula,
  });

  test("joins the scores of its parts by its formula", async () => {
    const [run] = await runGrader(sandbox, multi("first + 0.1 * second"), samples);
    expect(run).toMatchObject({
      reward: 0.7,
      sub_rewards: { first: 0.5, second: 2 },
      metadata: { type: "multi", scores: { first: 0.5, second: 2 } },
    });
  });

  test("counts a part that raises as 0 and keeps its flag", async () => {
    const [run] = await runGrader(sandbox, multi("first + second", "return 1 / 0"), samples);
    expect(run).toMatchObject({
      reward: 2,
      sub_rewards: { first: 0, second: 2 },
      metadata: { errors: { python_grader_runtime_error: true } },
    });
  });

  test("tells beside each run what every part did alone", async () => {
    const [run] = await runGraderInParts(sandbox, multi("first + second", "return 1 / 0"), samples);
    expect(run?.parts).toMatchObject({
      first: { reward: 0, metadata: { type: "python", errors: { python_grader_runtime_error: true } } },
      second: { reward: 2, metadata: { type: "python", errors: { python_grader_runtime_error: false } } },
    });
    const [alone] = await runGraderInParts(sandbox, python("return 1"), samples);
    expect(alone).toEqual({ whole: alone?.whole, parts: { python: alone?.whole } });
  });

  test("has a process of its own, which its parts share and no other grader enters", async () => {
    const look = python('import json; return getattr(json, "left", 0)');
    const parts = { first: python("import json; json.left = 3; return 0"), second: look };
    const [run] = await runGrader(sandbox, { ...multi("first + second"), graders: parts }, samples);
    expect(run?.reward).toBe(3);
    expect(await rewards(look)).toEqual([0, 0]);
  });

  test("pays 0 where its formula has no value", async () => {
    const [run] = await runGrader(sandbox, multi("first / (second - 2)"), samples);
    expect(run).toMatchObject({ reward: 0, metadata: { errors: { formula_parse_error: true } } });
  });
});

describe("a grader that needs the service", () => {
  test("is refused with the way out", async () => {
    const model: Grader = { type: "score_model", name: "judge", model: "gpt-4.1", input: [] };
    await expect(runGrader(sandbox, model, samples)).rejects.toThrow('"judge" needs the model gpt-4.1');
    const similarity: Grader = {
      type: "text_similarity",
      name: "similar",
      evaluation_metric: "fuzzy_match",
      input: "a",
      reference: "a",
    };
    await expect(runGrader(sandbox, similarity, samples)).rejects.toThrow("fuzzy_match, which runs only on Azure");
  });
});
