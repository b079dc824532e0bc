/**
 * Draws answers and outputs that nobody would write by hand: token soups, random formulas, damaged answers, deep nesting,
 * huge numbers, megabytes, every plane of Unicode.
 * @module
 */
import { integerBetween, pick, type Random, shuffled } from "../../dist/util/random.js";

/** A reference, a candidate that is often related to it, and an output around the candidate. */
export interface FuzzInput {
  kind: string;
  gold: string;
  pred: string;
  output: string;
}

/** Draws one input; `answers` are whole answers to damage and to combine. */
export function fuzzInput(random: Random, answers: readonly string[]): FuzzInput {
  const kind = random() < 0.0005 ? "megabyte" : pick(random, Object.keys(kinds));
  const draw = kinds[kind] ?? megabyte;
  const gold = draw(random, answers);
  const pred = pick(random, relatives)(random, gold, () => draw(random, answers));
  return { kind, gold, pred, output: outputAround(random, pred) };
}

type Draw = (random: Random, answers: readonly string[]) => string;

const kinds: Record<string, Draw> = {
  soup: (random) => repeated(random, 40, () => pick(random, vocabulary)).join(pick(random, ["", " "])),
  formula: (random) => formula(random, integerBetween(random, 0, 3)),
  statement: (random) => statement(random),
  known: (random, answers) => pick(random, answers),
  damaged: (random, answers) => damaged(random, pick(random, answers)),
  joined: (random, answers) => repeated(random, 4, () => pick(random, answers)).join(pick(random, joints)),
  nested: (random, answers) => nested(random, pick(random, answers)),
  number: (random) => hugeNumber(random),
  tower: (random) => tower(random),
  unicode: (random) => repeated(random, 30, () => character(random)).join(""),
  mixed: (random, answers) => sprinkled(random, pick(random, answers)),
};

const joints = [
  ", ",
  ";",
  " \\text{ or } ",
  " \\text{ and } ",
  " = ",
  " + ",
  "",
  " ",
  " \\cup ",
  " \\approx ",
  ":",
  "/",
];

const vocabulary = [
  ..."0 1 2 7 10 12 100 0.5 .5 3.14159265 1,000 1e9 x y n i e a C R f ( ) [ ] { } | + - * / ^ _ = < > ! % & ~ $ # ' , ; : .".split(
    " ",
  ),
  ..."\\frac \\dfrac \\frac12 \\sqrt \\sqrt[3] \\over \\binom \\choose \\pi \\theta \\infty \\circ ^\\circ \\% \\$ \\{ \\}".split(
    " ",
  ),
  ..."\\left \\right \\left( \\right) \\left. \\right. \\cdot \\times \\div \\pm \\mp \\le \\ge \\ne \\approx \\in".split(
    " ",
  ),
  ..."\\cup \\cap \\setminus \\emptyset \\sin \\log \\ln \\log_2 \\sin^{-1} \\max \\gcd \\lfloor \\rfloor \\lceil".split(
    " ",
  ),
  ..."\\overline \\overline{3} \\vec \\mathbb{R} \\mathbb \\sum_{k=0}^{n} \\int \\lim \\ldots \\ \\, \\! \\\\ \\begin".split(
    " ",
  ),
  ..."\\begin{pmatrix} \\end{pmatrix} \\begin{cases} \\end{cases} \\begin{array}{cc} \\end{array} \\boxed{ \\text{".split(
    " ",
  ),
  ..."\\text{cm} \\text{or} \\text{and} \\text{(C)} \\mathrm{cm}^2 \\text{percent} \\forall \\mid \\rvert \\unknown".split(
    " ",
  ),
];

/** A whole formula whose groups are `depth` deep. */
function formula(random: Random, depth: number): string {
  if (depth === 0)
    return pick(random, [
      "x",
      "y",
      "n",
      "i",
      "e",
      "\\pi",
      "\\infty",
      "0.75",
      "1.414214",
      "-3",
      "\\frac12",
      "12\\%",
      "1{,}000",
    ]);
  const [a, b] = [formula(random, depth - 1), formula(random, integerBetween(random, 0, depth - 1))];
  return pick(random, [
    `${a} + ${b}`,
    `${a} - ${b}`,
    `${a} \\cdot ${b}`,
    `(${a})(${b})`,
    `\\frac{${a}}{${b}}`,
    `${a}/${b}`,
    `{${a}}^{${b}}`,
    `\\sqrt{${a}}`,
    `\\sqrt[3]{${a}}`,
    `\\left|${a}\\right|`,
    `\\sin(${a})`,
    `\\ln{${a}}`,
    `\\log_{2} ${a}`,
    `\\binom{${a}}{${b}}`,
    `\\lfloor ${a} \\rfloor`,
    `f(${a})`,
    `(${a})!`,
    `${a}^\\circ`,
    `${a} \\pm ${b}`,
  ]);
}

/** Formulas made a statement, a list or another whole that can be an answer. */
function statement(random: Random): string {
  const [a, b, c] = [0, 1, 2].map(() => formula(random, integerBetween(random, 0, 2)));
  return pick(random, [
    `x = ${a}`,
    `${a} = ${b}`,
    `${a} \\approx ${b}`,
    `${a} < x \\le ${b}`,
    `x \\ge ${a}`,
    `|x - ${a}| < ${b}`,
    `x \\in (${a}, ${b}] \\cup \\{${c}\\}`,
    `[${a}, ${b})`,
    `(${a}, ${b}, ${c})`,
    `\\{${a}, ${b}, ${c}\\}`,
    `${a}, ${b}`,
    `x = ${a} \\text{ or } x = ${b}`,
    `x = ${a}, y = ${b}`,
    `${a} : ${b} : ${c}`,
    `\\begin{pmatrix} ${a} & ${b} \\\\ ${b} & ${c} \\end{pmatrix}`,
    `\\begin{pmatrix} ${a} \\\\ ${b} \\end{pmatrix}`,
    `\\mathbb{R} \\setminus \\{${a}\\}`,
    `${a} \\text{ cm}^2`,
    `\\$${a}`,
    `\\text{(C)}\\ ${a}`,
    `f(x) = ${a}`,
    `(x, y) = (${a}, ${b})`,
    `212_{${integerBetween(random, 2, 12)}}`,
    `A(${a}, ${b})`,
  ]);
}

type Relative = (random: Random, gold: string, another: () => string) => string;

/** What a candidate can be to its reference. */
const relatives: Relative[] = [
  (_, gold) => gold,
  (random, gold) => rewritten(random, gold),
  (random, gold) => rewritten(random, rewritten(random, gold)),
  (random, gold) => damaged(random, gold),
  (random, gold) => pick(random, [`${gold}, ${gold}`, `${gold} \\text{ or } 5`, `\\pm ${gold}`, `-(${gold})`]),
  (_, __, another) => another(),
];

/** The same answer in another hand. */
function rewritten(random: Random, text: string): string {
  return pick(random, [
    `$${text}$`,
    ` ${text}. `,
    `x = ${text}`,
    `\\text{The answer is } ${text}`,
    `\\left(${text}\\right)`,
    `\\{${text}\\}`,
    `{${text}}`,
    `${text}\\%`,
    `${text} \\text{ cm}`,
    `\\text{(B)}\\ ${text}`,
    text.replaceAll("\\frac", "\\dfrac"),
    text.replaceAll(" ", ""),
    text.replaceAll("(", "\\left(").replaceAll(")", "\\right)"),
    text.replaceAll("-", "−").replaceAll("\\pi", "π").replaceAll("^2", "²"),
    text.replaceAll("x", "t"),
    text.toUpperCase(),
  ]);
}

function damaged(random: Random, text: string): string {
  return repeated(random, 3, () => integerBetween(random, 0, 4)).reduce((current, edit) => {
    const start = integerBetween(random, 0, current.length);
    const stop = start + integerBetween(random, 1, 5);
    const [head, slice, tail] = [current.slice(0, start), current.slice(start, stop), current.slice(stop)];
    const token = pick(random, vocabulary);
    return (
      [head + tail, head, head + token + tail, head + token + slice + tail, head + slice + slice + tail][edit] ?? head
    );
  }, text);
}

/** An answer inside many brackets, of which some may be missing. */
function nested(random: Random, core: string): string {
  const depth = pick(random, [2, 5, 20, 39, 41, 100, 1000]);
  const [opening, closing] = pick(random, [
    ["(", ")"],
    ["{", "}"],
    ["[", "]"],
    ["\\{", "\\}"],
    ["|", "|"],
    ["\\sqrt{", "}"],
    ["\\frac{1}{", "}"],
    ["\\left(", "\\right)"],
    ["\\text{", "}"],
    ["\\boxed{", "}"],
    ["\\begin{pmatrix}", "\\end{pmatrix}"],
    ["2^{", "}"],
    ["\\sin(", ")"],
    ["-", ""],
    ["x=", ""],
    ["\\pm", ""],
  ] as const);
  return opening.repeat(depth) + core + closing.repeat(pick(random, [depth, depth, depth - 1, 0]));
}

function hugeNumber(random: Random): string {
  const digits = digitsOf(random, pick(random, [1, 5, 17, 50, 309, 1400, 3999, 4000, 4001, 5999, 6001]));
  const other = digitsOf(random, pick(random, [1, 2, 4, 20, 400]));
  return pick(random, [
    digits,
    `-${digits}`,
    `${digits}.${other}`,
    `0.${digits}`,
    `${digits}e${other}`,
    `${other}.${other}e-${digits}`,
    `${other} \\times 10^{${digits}}`,
    `\\frac{${digits}}{${other}}`,
    `${digits}!`,
    `\\binom{${digits}}{${other}}`,
    `\\sqrt[${other}]{${digits}}`,
    `0.\\overline{${digits}}`,
    `${digits}_{${other}}`,
    `${digits}\\%`,
    `\\gcd(${digits}, ${other})`,
    [...digits].join(","),
    digits.replaceAll(/(?=(\d{3})+$)/g, ","),
    digits.replaceAll("1", "x"),
    shuffled(random, [..."٣४５²⁷₄⑨Ⅷ", ...digits.slice(0, 9)]).join(""),
  ]);
}

function digitsOf(random: Random, length: number): string {
  const block = repeated(random, 12, () => String(integerBetween(random, 0, 9))).join("");
  return block.repeat(Math.ceil(length / block.length)).slice(0, length);
}

/** Powers of powers, written to the right or to the left, with factorials and roots among them. */
function tower(random: Random): string {
  const base = pick(random, ["9", "2", "x", "e", "0", "-1", "0.5", "i", "\\pi", "\\frac{1}{3}", "10^{9}"]);
  const height = pick(random, [2, 3, 4, 5, 10, 40, 200]);
  return pick(random, [
    `${`${base}^{`.repeat(height)}${base}${"}".repeat(height)}`,
    `${"{".repeat(height)}${base}${`}^{${base}}`.repeat(height)}`,
    `${"(".repeat(height)}${base}${")!".repeat(height)}`,
    `${base}^`.repeat(height) + base,
    `\\sqrt[${base}]{`.repeat(height) + base + "}".repeat(height),
    `${base}^{${base}} \\cdot `.repeat(height) + base,
    `(${base} + 1)^{${height}} + `.repeat(height) + base,
    `${base}^{-${base}^{${base}^{${"9".repeat(height)}}}}`,
  ]);
}

function megabyte(random: Random): string {
  const unit = pick(random, [
    "7",
    " ",
    "{",
    "\\",
    "(",
    "x+",
    "\\frac{",
    "1,",
    "a",
    "\\text{ or }",
    "\ud800",
    "𝑥",
    "-",
    "\\boxed{",
    "\n",
  ]);
  return unit.repeat(Math.ceil(1_000_000 / unit.length));
}

/** One character of any of the 17 planes; in the lowest, surrogates that stand alone are among them. */
function character(random: Random): string {
  const plane = pick(random, [0, 0, 0, 1, integerBetween(random, 0, 16)]);
  const [low, high] = pick(random, [
    [0, 0xffff],
    [0, 0x7f],
    [0xd800, 0xdfff],
    [0x2000, 0x22ff],
    [0x300, 0x36f],
  ] as const);
  return plane === 0
    ? String.fromCharCode(integerBetween(random, low, high))
    : String.fromCodePoint(plane * 0x10000 + integerBetween(random, 0, 0xffff));
}

function sprinkled(random: Random, text: string): string {
  return [...text].map((letter) => (random() < 0.1 ? letter + character(random) : letter)).join("");
}

/** An output of any style, honest or not, around an answer. */
function outputAround(random: Random, answer: string): string {
  const box = pick(random, [
    `\\boxed{${answer}}`,
    `$\\boxed{${answer}}$`,
    `\\fbox{${answer}}`,
    `\\[\\boxed {${answer}}\\]`,
  ]);
  const derivation = "First, 2 + 2 = 4.\nThen 4 \\cdot 3 = 12.\nSo x = 12.\n";
  const loop = "1 + 1 = 2.\n".repeat(pick(random, [2, 50]));
  return pick(random, [
    box,
    derivation + box,
    loop + box,
    `The answer is ${box}.`,
    `<think>${derivation}</think>${box}`,
    `<think>\\boxed{0}</think>${derivation}${box}`,
    `<think>${derivation}${box}`,
    `${box}</think>`,
    `\\boxed{0} or ${box}`,
    `${box} or \\boxed{0}`,
    `${box} and \\boxed{${answer}`,
    `\\boxed{${box}}`,
    `${derivation}\\boxed{}${box}`,
    `${derivation}\\boxed{${answer}`,
    `${derivation}\\boxed ${answer}`,
    box + " and so on".repeat(100),
    loop.repeat(20) + box,
    box.repeat(3),
    derivation + answer,
    "",
  ]);
}

function repeated<T>(random: Random, most: number, draw: () => T): T[] {
  return Array.from({ length: integerBetween(random, 1, most) }, draw);
}
