import { describe, expect, test } from "vitest";
import { parseFormula } from "../../dist/grader/formula.js";

describe("a calculate_output formula", () => {
  test.each([
    ["a + 2 * b", 7],
    ["(a + 2) * b", 9],
    ["a - b - 1", -3],
    ["b / a / 2", 1.5],
    ["2 ^ b ^ 2", 512],
    ["2 * b ^ 2", 18],
    ["-a + +b", 2],
    ["min(a, b) + max(a, b, 5)", 6],
    ["abs(-2) + floor(2.9) + ceil(2.1)", 7],
    ["exp(0) + sqrt(16) + log(1)", 5],
    ["0.5", 0.5],
  ])("%s is %d for a = 1 and b = 3", (text, value) => {
    expect(parseFormula(text).evaluate({ a: 1, b: 3 })).toBe(value);
  });

  test("names its variables once each", () => {
    expect(parseFormula("a * b + a * max(c, 1)").variables).toEqual(["a", "b", "c"]);
  });

  test("has no finite value where the arithmetic fails", () => {
    expect(parseFormula("1 / a").evaluate({ a: 0 })).toBe(Number.POSITIVE_INFINITY);
    expect(parseFormula("a").evaluate({})).toBeNaN();
  });

  test.each([
    ["a +"],
    [""],
    ["a = 1"],
    ["a.b"],
    ["a[0]"],
    ['"a"'],
    ["constructor(a)"],
    ["a && b"],
    ["min()"],
    ["a; b"],
  ])("refuses %j", (text) => {
    expect(() => parseFormula(text)).toThrow("calculate_output");
  });
});
