/**
 * Answers of every kind that differ from each other by construction, for crossing them all.
 * @module
 */

const numbers = [3, 7, 12, 31];
const pairs = numbers.flatMap((a) => numbers.filter((b) => b > a).map((b) => [a, b] as const));

/** How answers of one kind are written; every two of them, and every two of different kinds, differ in meaning. */
const kinds: Record<string, string[]> = {
  numbers: [...numbers.flatMap((n) => [`${n}`, `-${n}`]), "0", "1", "\\frac{3}{7}", "\\frac{7}{3}", "3.7", "37"],
  surds: numbers.flatMap((n) => [
    `\\sqrt{${n}}`,
    `\\sqrt[3]{${n}}`,
    `1+\\sqrt{${n}}`,
    `${n}\\pi`,
    `\\ln ${n}`,
    `e^{${n}}`,
  ]),
  powers: pairs.flatMap(([a, b]) => [`${a}^{${b}}`, `${b}^{${a}}`, `${b}!+${a}`]),
  expressions: numbers.flatMap((n) => [
    `x^{${n}}`,
    `${n}x`,
    `x+${n}`,
    `|x-${n}|`,
    `${n}-x`,
    `\\sin ${n}x`,
    `\\cos ${n}x`,
  ]),
  steps: numbers.flatMap((n) => [
    `\\lfloor \\frac{n}{${n}} \\rfloor`,
    `\\lceil \\frac{n}{${n}} \\rceil`,
    `\\min(n, ${n})`,
  ]),
  intervals: pairs.flatMap(([a, b]) => [`[${a}, ${b})`, `(${a}, ${b}]`, `x \\in [${a}, ${b}]`, `${a} < x < ${b}`]),
  rays: numbers.flatMap((n) => [`x > ${n}`, `x \\ge ${n}`, `x < ${n}`, `x \\le ${n}`, `x \\ne ${n}`]),
  pairs: pairs.flatMap(([a, b]) => [`(${b}, ${a})`, `(-${a}, ${b}, 5)`, `(${b}, -${a}, 5)`]),
  sets: pairs.flatMap(([a, b]) => [`\\{${a}, ${b}\\}`, `\\{-${a}, ${b}\\}`, `\\{${a}, ${b}, 40\\}`]),
  congruences: pairs.flatMap(([a, b]) => [`n \\equiv ${a} \\pmod{${b}}`, `n \\equiv ${a - 1} \\pmod{${b}}`]),
  families: numbers.flatMap((n) => [
    `${n}k+1, k \\in \\mathbb{Z}`,
    `${n}k+1, k \\in \\mathbb{N}`,
    `\\frac{\\pi}{${n}} + k\\pi, k \\in \\mathbb{Z}`,
    `\\frac{\\pi}{${n}} + 2k\\pi, k \\in \\mathbb{Z}`,
  ]),
  definitions: numbers.flatMap((n) => [`f(x) = x^3+${n}`, `f(x) = ${n}^x`, `f'(x) = ${n}x^2`]),
  named: numbers.flatMap((n) => [
    `\\sin A = \\frac{2}{${n}}`,
    `\\cos A = \\frac{2}{${n}}`,
    `\\sin B = \\frac{2}{${n}}`,
  ]),
  piecewise: numbers.flatMap((n) => [
    `f(x) = \\begin{cases} x & x < ${n} \\\\ 2 & x \\ge ${n} \\end{cases}`,
    `f(x) = \\begin{cases} x & x \\le ${n} \\\\ 2 & x > ${n} \\end{cases}`,
  ]),
  lines: pairs.flatMap(([a, b]) => [
    `${a}x + ${b}y = 1`,
    `${a}x - ${b}y = 1`,
    `${b}x + ${a}y = 1`,
    `x^2 + ${a}y^2 = ${b}`,
  ]),
  matrices: pairs.map(([a, b]) => `\\begin{pmatrix} ${a} & 0 \\\\ 1 & ${b} \\end{pmatrix}`),
  times: ["3:05", "5:03", "7:12 \\text{ a.m.}", "7:12 \\text{ p.m.}", "12:31", "12:07"],
  ratios: ["3:7:12", "7:3:12", "12:7:3"],
  units: [
    "41 \\text{ cm}",
    "41 \\text{ m}",
    "41 \\text{ cm}^2",
    "41 \\text{ hours}",
    "41^\\circ",
    "41\\%",
    "41 \\text{ km/h}",
  ],
  bases: ["121_3", "121_7", "112_3", "112_7"],
  letters: ["A", "B", "D", "AC", "ABD", "BD"],
  words: ["no", "on", "yes", "odd", "even", "Monday", "Sunday", "listen", "silent", "right triangle", "triangle right"],
  "words of other scripts": ["充分不必要条件", "必要不充分条件", "充要条件", "①②", "②③"],
  wholes: [
    "\\text{no solution}",
    "\\mathbb{R}",
    "\\mathbb{Z}",
    "\\mathbb{Q}",
    "\\text{all positive integers}",
    "\\infty",
    "-\\infty",
  ],
  relations: [
    "A \\subset B",
    "B \\subset A",
    "a \\mid b",
    "b \\mid a",
    "a \\nmid b",
    "b \\nmid a",
    "x \\to y",
    "y \\to x",
  ],
  indices: ["a_{n+1}", "a_{n-1}", "a_n", "b_n", "F_{2n}", "F_{n}^2", "a'", "a''"],
  unevaluated: [
    "\\int_0^1 g(x) dx",
    "\\int_0^2 g(x) dx",
    "\\lim_{x \\to 0} g(x)",
    "\\lim_{x \\to 1} g(x)",
    "\\sum_{k} a_k",
  ],
};

/** About 400 answers, no two of which say the same. */
export const differentAnswers: readonly string[] = Object.values(kinds).flat();
