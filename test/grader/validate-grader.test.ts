import { describe, expect, test } from "vitest";
import { validateGrader } from "../../dist/grader/validate-grader.js";

const python = { type: "python", name: "p", source: "def grade(sample, item):\n    return 1.0\n" };
const check = {
  type: "string_check",
  name: "c",
  operation: "eq",
  input: "{{sample.output_text}}",
  reference: "{{item.a}}",
};
const multi = { type: "multi", name: "m", graders: { p: python, c: check }, calculate_output: "0.5 * p + 0.5 * c" };

const paths = (grader: unknown): string[] => validateGrader(grader).map(({ path }) => path);

describe("validation of graders", () => {
  test("finds nothing wrong with whole graders", () => {
    for (const grader of [python, check, multi]) {
      expect(validateGrader(grader)).toEqual([]);
    }
  });

  test("says where, what, and what to do", () => {
    expect(validateGrader({ ...multi, calculate_output: "p + q" })).toEqual([
      { path: "calculate_output", message: '"q" is not the name of a grader.', remedy: "Use the names p, c." },
    ]);
  });

  test.each([
    ["no object", 12, [""]],
    ["an unknown type", { type: "magic" }, ["type"]],
    ["a missing type", {}, ["type"]],
    ["missing fields", { type: "string_check" }, ["name", "input", "reference", "operation"]],
    ["an unknown operation", { ...check, operation: "neq" }, ["operation"]],
    ["a field of the wrong type", { ...check, input: 5 }, ["input"]],
    ["an unknown template root", { ...check, reference: "{{row.a}}" }, ["reference"]],
    ["a list of graders", { ...multi, graders: [python] }, ["graders"]],
    ["a nested multi grader", { ...multi, graders: { p: python, c: multi } }, ["graders.c"]],
    ["a broken part", { ...multi, graders: { p: { ...python, source: "x = 1" }, c: check } }, ["graders.p.source"]],
    ["a formula that is none", { ...multi, calculate_output: "p +" }, ["calculate_output"]],
    ["a source without grade", { ...python, source: "def score(sample, item): return 1" }, ["source"]],
    ["a nested grade", { ...python, source: "class A:\n    def grade(self, item): pass" }, ["source"]],
    ["a grade of one argument", { ...python, source: "def grade(sample): return 1" }, ["source"]],
    ["a source too long", { ...python, source: `${python.source}#${"x".repeat(256 * 1024)}` }, ["source"]],
  ])("finds %s", (_, grader, expected) => {
    expect(paths(grader)).toEqual(expected);
  });

  test("reads signatures with type hints and over several lines", () => {
    const source = "def grade(\n    sample: dict[str, Any], item: dict[str, Any]\n) -> float:\n    return 1.0\n";
    expect(validateGrader({ ...python, source })).toEqual([]);
  });

  test("reads signatures of any length in one go, type hints and defaults with brackets included", () => {
    const hint = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    expect(validateGrader({ ...python, source: `def grade(a: ${hint} = (1, 2), b={"x": [1, 2]}):` })).toEqual([]);
    for (const source of [")->".repeat(50_000), "def grade(\n".repeat(20_000), " ".repeat(200_000)])
      expect(paths({ ...python, source: `def grade(a, b${source}` })).toEqual(["source"]);
  });

  test("refuses a formula of more than 4000 characters without repeating it", () => {
    const [fault] = validateGrader({ ...multi, calculate_output: `p${" + p".repeat(5000)}` });
    expect(fault?.message).toBe("calculate_output has 20001 characters; write at most 4000.");
  });
});
