/** @module Problem families: their arithmetic, their mistakes, and what is held out. */
import { describe, expect, test } from "vitest";
import {
  families,
  generateProblem,
  isHeldOut,
  type Problem,
  workedSolution,
} from "../../../dist/emulator/nano/problems.js";
import { seededRandom } from "../../../dist/util/random.js";

type Numbers = [number, number, number, number];

/** The answer worked out from nothing but the numbers in the statement, by another way than the family's own. */
const solvers: Record<string, (numbers: Numbers, statement: string) => string> = {
  expression: ([a, b, c], statement) => String(statement.includes("+") ? a * b + c : a * b - c),
  linear: ([a, b, right], statement) => {
    const solutions = range(0, 200).filter((x) => a * x + (statement.includes("+") ? b : -b) === right);
    return solutions.join();
  },
  sequence: ([first, difference, n]) => {
    let term = first;
    for (let i = 1; i < n; i++) term += difference;
    return String(term);
  },
  change: ([paid, count, price]) => String(range(0, count - 1).reduce((left) => left - price, paid)),
  remainder: ([number, modulus]) => String(number % modulus),
  gcd: ([a, b]) => String(Math.max(...range(1, b).filter((d) => a % d === 0 && b % d === 0))),
  rectangle: ([first, second], statement) => {
    if (statement.includes("Find its perimeter")) return String(2 * first + 2 * second);
    return String(second * (first / 2 - second));
  },
  angles: ([a, b]) => String(180 - a - b),
  probability: ([red, blue], statement) => {
    const [wanted, total] = [statement.endsWith("red?") ? red : blue, red + blue];
    const common = Math.max(...range(1, total).filter((d) => wanted % d === 0 && total % d === 0));
    return `\\frac{${wanted / common}}{${total / common}}`;
  },
  choices: ([a, b, c]) => String(range(1, a).flatMap(() => range(1, b).flatMap(() => range(1, c))).length),
  derivative: ([a, , b, at]) => String(Math.round((a * ((at + 1) ** 2 - (at - 1) ** 2) + 2 * b) / 2)),
  integers: ([low, high], statement) => {
    const inside = range(0, 200).filter((n) =>
      statement.includes("\\le") ? n >= low && n <= high : n > low && n < high,
    );
    return String(inside.length);
  },
};

function range(low: number, high: number): number[] {
  return Array.from({ length: high - low + 1 }, (_, i) => low + i);
}

function draw(family: string, count: number): Problem[] {
  const random = seededRandom(7);
  return Array.from({ length: count }, () => generateProblem(random, family));
}

describe.each(families)("the family %s", (family) => {
  const problems = draw(family, 300);

  test("gives the answer that independent arithmetic gives", () => {
    for (const { statement, answer } of problems) {
      const numbers = (statement.match(/\d+/g) ?? []).map(Number) as Numbers;
      expect(solvers[family]?.(numbers, statement), statement).toBe(answer);
    }
  });

  test("writes only true equations into its steps", () => {
    for (const { steps } of problems) {
      for (const equation of steps.join(" ").match(/\$[^$]*\$/g) ?? []) {
        const sides = equation
          .slice(1, -1)
          .split(" = ")
          .map(evaluate)
          .filter((value) => value !== undefined);
        expect(new Set(sides).size, equation).toBeLessThanOrEqual(1);
      }
    }
  });

  test("never lists the right answer among the slips", () => {
    for (const { answer, slips } of problems) expect(slips.map(evaluate)).not.toContain(evaluate(answer));
  });

  test("stays within the numbers that are one token each", () => {
    for (const { statement, steps } of problems) {
      for (const number of [statement, ...steps].join(" ").match(/\d+/g) ?? [])
        expect(Number(number)).toBeLessThan(200);
    }
  });

  test("has at least a hundred held-out problems, about a fifth of all", () => {
    const statements = [...new Set(draw(family, 20_000).map(({ statement }) => statement))];
    const share = statements.filter(isHeldOut).length / statements.length;
    expect(statements.filter(isHeldOut).length).toBeGreaterThanOrEqual(100);
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.25);
  });
});

describe("a worked solution", () => {
  test("shows the steps and ends with the boxed answer", () => {
    const [problem] = draw("probability", 1) as [Problem];
    const lines = workedSolution(problem).split("\n");
    expect(lines.slice(0, -1)).toEqual(problem.steps);
    expect(lines.at(-1)).toBe(`The answer is $\\boxed{${problem.answer}}$.`);
  });
});

describe("the held-out fifth", () => {
  test("depends on the mathematics, not on the words around it", () => {
    for (let n = 0; n < 200; n++) {
      const sides = [`What is $${n} + 5$?`, `Compute $${n} + 5$.`, `Calculate $${n} + 5$.`].map(isHeldOut);
      expect(new Set(sides).size).toBe(1);
    }
  });
});

/** The value of sums, products and fractions; undefined where a letter stands in the way. */
function evaluate(formula: string): number | undefined {
  const plain = formula.replace(/\\frac\{(\d+)\}\{(\d+)\}/g, "($1 / $2)").replaceAll("\\times", "*");
  if (!/^[\d\s()+*/-]+$/.test(plain)) return undefined;
  const value = plain
    .split(" + ")
    .map((sum) =>
      sum
        .split(" - ")
        .map((part) => product(part))
        .reduce((a, b) => a - b),
    )
    .reduce((a, b) => a + b);
  return Math.round(value * 1e9) / 1e9;
}

function product(text: string): number {
  return text
    .replace(/[()]/g, "")
    .split(" * ")
    .map((part) =>
      part
        .split(" / ")
        .map(Number)
        .reduce((a, b) => a / b),
    )
    .reduce((a, b) => a * b);
}
