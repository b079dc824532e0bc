import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Criterion, mathGraderSource } from "../../dist/grader/math-grader.js";
import { openSandbox } from "../../dist/grader/sandbox.js";

interface Case {
  gold: string;
  pred: string;
  expected: boolean;
  stratum: string;
}

const sandbox = openSandbox();
afterAll(() => sandbox.close());

const cases = readFileSync(join(__dirname, "cases.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Case);

async function call(functionName: string, argumentLists: unknown[][], criterion?: Criterion): Promise<unknown[]> {
  const outcomes = await sandbox.call(mathGraderSource({ criterion }), functionName, argumentLists);
  return outcomes.map((outcome) => (outcome.ok ? outcome.value : outcome.message));
}

function decisions(pairs: [string, string][]): Promise<unknown[]> {
  return call("is_equal", pairs);
}

describe("equality of answers", () => {
  for (const stratum of new Set(cases.map((row) => row.stratum))) {
    test(`holds for ${stratum}`, async () => {
      const rows = cases.filter((row) => row.stratum === stratum);
      const found = await decisions(rows.map(({ gold, pred }) => [gold, pred]));
      expect(rows.filter(({ expected }, i) => found[i] !== expected)).toEqual([]);
    });
  }

  test("is reflexive for every whole answer", async () => {
    const golds = [...new Set(cases.map(({ gold }) => gold))];
    const whole = await call(
      "is_well_formed",
      golds.map((gold) => [gold]),
    );
    const same = await decisions(golds.map((gold) => [gold, gold]));
    const isFalseStatement = (gold: string): boolean => ["349 = 348", "3 + 4 = 8", "7 = 9"].includes(gold);
    expect(golds.filter((gold, i) => whole[i] && !same[i] && !isFalseStatement(gold))).toEqual([]);
  });

  test("keeps big integers exact up to 4,000 digits", async () => {
    const digits = "7".repeat(3999);
    expect(
      await decisions([
        [`${digits}1`, `${digits}1`],
        [`${digits}1`, `${digits}2`],
        ["2^{3000}", "2^{3000}+1"],
      ]),
    ).toEqual([true, false, false]);
  });

  test("compares longer integers as text", async () => {
    const digits = "7".repeat(5000);
    expect(
      await decisions([
        [digits, digits],
        [digits, `${digits}7`],
      ]),
    ).toEqual([true, false]);
  });
});

describe("the extracted answer", () => {
  test.each([
    ["so \\boxed{42}.", "42"],
    ["\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"],
    ["\\fbox{7}", "7"],
    ["\\boxed {7}", "7"],
    ["first \\boxed{1}, then \\boxed{2}", "2"],
    ["\\boxed{\\boxed{3}}", "3"],
    ["\\boxed{\\left\\{1, 2\\right\\}}", "\\left\\{1, 2\\right\\}"],
    ["<think>\\boxed{1}</think> \\boxed{2}", "2"],
    ["<think>\\boxed{1}</think> nothing", null],
    ["\\boxed{1} and then \\boxed{2", null],
    ["\\boxed{2} and \\boxed{3}", "2, 3"],
    ["$\\boxed{2}$, $\\boxed{3}$", "2, 3"],
    ["\\boxed{5} \\text{ or } \\boxed{6}", "5, 6"],
    ["\\boxed{5}\n\\boxed{6}", "6"],
    ["\\boxed{5 or \\boxed{6}}", "5 or \\boxed{6}"],
    ["\\boxed{2", null],
    ["\\boxed{}", null],
    ["\\boxed{ }", null],
    ["\\boxed 5", null],
    ["the answer is 5", null],
    ["", null],
  ])("of %j is %j", async (text, answer) => {
    expect(await call("extract_answer", [[text]])).toEqual([answer]);
  });
});

describe("the criteria", () => {
  const score = async (criterion: Criterion, outputText: string, answer = "12"): Promise<unknown> => {
    const [value] = await call("grade", [[{ output_text: outputText }, { answer }]], criterion);
    return value;
  };

  test("format asks for exactly one filled box near the end", async () => {
    expect(await score("format", "so \\boxed{5}.")).toBe(1);
    expect(await score("format", "\\boxed{5} or \\boxed{6}")).toBe(0.5);
    expect(await score("format", `\\boxed{5}${" and so on".repeat(100)}`)).toBe(0.5);
    expect(await score("format", "\\boxed{5} \\boxed{6")).toBe(0);
    expect(await score("format", "\\boxed{}")).toBe(0);
    expect(await score("format", "5")).toBe(0);
  });

  test("reasoning asks for distinct steps with mathematics before the answer", async () => {
    expect(await score("reasoning", "\\boxed{12}")).toBe(0);
    expect(await score("reasoning", "Let me think. It is easy.\n\\boxed{12}")).toBe(0);
    expect(await score("reasoning", "1 + 1 = 2. 2 + 2 = 4.\n4 + 8 = 12.\n\\boxed{12}")).toBe(1);
    expect(await score("reasoning", `${"1 + 1 = 2.\n".repeat(50)}\\boxed{12}`)).toBeLessThan(0.05);
    expect(await score("reasoning", "\\boxed{12} 1 + 1 = 2. 2 + 2 = 4. 4 + 8 = 12.")).toBe(0);
  });

  test("completeness asks for as many answers as the reference has, and an output that is not cut off", async () => {
    expect(await score("completeness", "\\boxed{1, 2}", "\\{1, 2\\}")).toBe(1);
    expect(await score("completeness", "\\boxed{1}", "\\{1, 2\\}")).toBe(0.5);
    expect(await score("completeness", "\\boxed{1} \\boxed{2", "1")).toBe(0);
    expect(await score("completeness", "<think> so \\boxed{1}", "1")).toBe(0);
  });

  test("treat a missing output or reference as no answer", async () => {
    expect(
      await call("grade", [
        [{}, { answer: "1" }],
        [{ output_text: null }, {}],
        [{ output_text: "\\boxed{1}" }, {}],
      ]),
    ).toEqual([0, 0, 0.1]);
  });
});

describe("an explanation", () => {
  test("shows the scores, the answer and how both answers were read", async () => {
    const [explanation] = await call("explain", [[{ output_text: "x = 1/2\n\\boxed{50\\%}" }, { answer: "\\frac12" }]]);
    expect(explanation).toMatchObject({
      correctness: 1,
      format: 1,
      extracted: "50\\%",
      reference_form: "number 1/2",
      answer_form: "number 1/2 [%]",
    });
  });
});

describe("hostile input", () => {
  const tower = `${"9^{".repeat(300)}9${"}".repeat(300)}`;
  const hostile: [string, string][] = [
    ["tower of powers", "9^{9^{9^9}}"],
    ["deep tower", tower],
    ["ten thousand braces", "{".repeat(10_000) + "}".repeat(10_000)],
    ["brackets", "(".repeat(1000) + ")".repeat(1000)],
    ["a megabyte of digits", "7".repeat(1_000_000)],
    ["a huge exponent", "10^{100000000}"],
    ["a huge scientific exponent", "1e999999999"],
    ["a factorial of a factorial", "(100!)!"],
    ["factorials", `9${"!".repeat(500)}`],
    ["a huge binomial", "\\binom{100000000}{50000000}"],
    ["nested roots", `${"\\sqrt{".repeat(200)}2${"}".repeat(200)}`],
    ["a long sum", Array.from({ length: 3000 }, (_, i) => `x^{${i}}`).join("+")],
    ["a long list", Array.from({ length: 2000 }, (_, i) => i).join(", ")],
    ["many signs", "\\pm ".repeat(400)],
    ["many fractions", `${"\\frac{1}{".repeat(300)}2${"}".repeat(300)}`],
    ["a division by zero", "\\frac{1}{0}"],
    ["zero to minus one", "0^{-1}"],
    ["control characters", "\u0000\u0001\ud800"],
    ["backslashes", "\\".repeat(2000)],
    ["bars", "|".repeat(1000)],
    ["digits with commas", "1,".repeat(2000)],
    ["an overflow", "e^{e^{e^{e^{e}}}}"],
    ["a chain of powers", "9^".repeat(240)],
    ["a chain of roots", "\\sqrt ".repeat(200)],
    ["a chain of signs", `2^${"-".repeat(400)}2`],
    ["six thousand blanks", " ".repeat(5999)],
    ["a long product", "(x+1)".repeat(250)],
    ["bars inside each other", `${"|".repeat(39)}x${"|".repeat(39)} < 3`],
    ["boxes left open before braces", "\\boxed{".repeat(20) + "{".repeat(5000)],
    ["a long set of equations", Array.from({ length: 29 }, (_, i) => `x+y=\\sin(${i}x)`).join(";")],
    [
      "a line without many points",
      `\\mathbb{R} \\setminus \\{${Array.from({ length: 150 }, (_, i) => i).join(",")}\\}`,
    ],
    ["a list of long sums", Array.from({ length: 45 }, (_, i) => `\\sum_{k=1}^{199} k^{${900 + i}}`).join(", ")],
    ["a list of sums to n", Array.from({ length: 29 }, (_, i) => `\\sum_{k=1}^{n} k^{${i}}`).join(", ")],
    ["a list of large factorials", Array.from({ length: 90 }, (_, i) => `${19_000 + i}!`).join(", ")],
    ["a list of steps", Array.from({ length: 29 }, (_, i) => `\\lfloor n/${100 + i} \\rfloor`).join(", ")],
    ["sets inside each other, each with a bar", `${"\\{x|".repeat(39)}x${"\\}".repeat(39)}`],
    ["systems inside each other", `${"\\begin{cases}".repeat(39)}x${"\\end{cases}".repeat(39)}`],
    ["an environment left open", "\\begin{cases} x = 1 \\\\ y = 2"],
    ["a choice before many blanks", `option${" ".repeat(1480)}x`],
  ];

  test.each(hostile)("is decided without an error: %s", async (_, answer) => {
    const found = await decisions([
      [answer, "1"],
      ["1", answer],
      [answer, answer],
    ]);
    expect(found.slice(0, 2)).toEqual([false, false]);
    expect(typeof found[2]).toBe("boolean");
    const [reward] = await call("grade", [[{ output_text: `\\boxed{${answer}}` }, { answer: "1" }]]);
    expect(reward).toBeLessThanOrEqual(0.1);
  });

  test("reads boxes far apart on one line as no list", async () => {
    const text = `\\boxed{1}\\text{${" ".repeat(90_000)}\\boxed{2}`;
    expect(await call("extract_answer", [[text]])).toEqual(["2"]);
  });

  test("does not hide a right answer behind a megabyte of text", async () => {
    const text = `${"blah ".repeat(200_000)}\\boxed{12}`;
    expect(await call("extract_answer", [[text]])).toEqual(["12"]);
  });
});

describe("the source", () => {
  test("is within the service's limit and parses as Python 3.10", async () => {
    const source = mathGraderSource();
    expect(Buffer.byteLength(source)).toBeLessThan(256 * 1024);
    const parse = "import ast\ndef parse(source):\n    ast.parse(source, feature_version=(3, 10))\n    return True";
    expect(await sandbox.call(parse, "parse", [[source]])).toMatchObject([{ ok: true, value: true }]);
  });
});
