/**
 * The twelve families of problems that the tiny model is taught: short, textbook-like, every intermediate
 * result a whole number from 0 to 199, every step one fact. A family draws a problem together with its worked
 * solution. A fifth of all mathematics is held out of pre-training.
 * @module
 */
import { integerBetween, pick, type Random } from "../../util/random.js";

/** One generated problem with its worked solution. */
export interface Problem {
  /** The family that drew it, e.g. "linear". */
  family: string;
  /** The subject in the words of OpenR1-Math: "Algebra", "Number Theory", "Geometry", … */
  problemType: string;
  /** The question; its mathematics stands between dollar signs. */
  statement: string;
  /** What belongs into the box: "42" or "\frac{3}{4}". */
  answer: string;
  /** The worked solution, one fact a step. */
  steps: string[];
  /** Answers that this family's typical mistakes lead to; never the right one. */
  slips: string[];
}

/** A random problem of `family`, by default of any family, each equally likely. */
export function generateProblem(random: Random, family: string = pick(random, families)): Problem {
  const draft = (generators[family] as (random: Random) => Draft)(random);
  const answer = String(draft.answer);
  const plausible = draft.slips.filter((slip) => typeof slip === "string" || (slip >= 0 && slip <= 199)).map(String);
  // Slips are distinct, and none of them is right by accident.
  return { ...draft, family, answer, slips: [...new Set(plausible)].filter((slip) => slip !== answer) };
}

/** What a good trace looks like: the steps, one a line, then the answer in its box. */
export function workedSolution(problem: Problem): string {
  return [...problem.steps, `The answer is $\\boxed{${problem.answer}}$.`].join("\n");
}

/**
 * Whether a problem is held out of pre-training, so that reinforcement and evaluation use mathematics that
 * the base model never saw. One problem in five is, by the FNV-1a hash of its mathematics alone: the same
 * numbers in other words are on the same side.
 */
export function isHeldOut(statement: string): boolean {
  const formulas = statement.match(/\$[^$]*\$/g) ?? [statement.toLowerCase()];
  let hash = 2166136261;
  for (const character of formulas.join(" ")) {
    hash = Math.imul(hash ^ Number(character.codePointAt(0)), 16777619);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) % 5 === 0;
}

type Draft = Omit<Problem, "family" | "slips" | "answer"> & { answer: number | string; slips: (number | string)[] };

/** The largest whole number that divides both. */
function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

const ask = (random: Random, expression: string): string =>
  pick(random, [`What is $${expression}$?`, `Compute $${expression}$.`, `Calculate $${expression}$.`]);

/** Digit-wise sum and difference, the carry or the borrow forgotten: what children write. */
const sumWithoutCarry = (a: number, b: number): number =>
  (Math.floor(a / 10) + Math.floor(b / 10)) * 10 + (((a % 10) + (b % 10)) % 10);
const differenceWithoutBorrow = (a: number, b: number): number =>
  (Math.floor(a / 10) - Math.floor(b / 10)) * 10 + (((a % 10) - (b % 10) + 10) % 10);

const fraction = (numerator: number, denominator: number): string => `\\frac{${numerator}}{${denominator}}`;

const generators: Record<string, (random: Random) => Draft> = {
  expression: (random) => {
    const [a, b, c] = [integerBetween(random, 2, 12), integerBetween(random, 2, 12), integerBetween(random, 1, 30)];
    const product = a * b;
    const adds = c >= product || random() < 0.5;
    const answer = adds ? product + c : product - c;
    const sign = adds ? "+" : "-";
    return {
      problemType: "Algebra",
      statement: ask(random, `${a} \\times ${b} ${sign} ${c}`),
      answer,
      steps: [`$${a} \\times ${b} = ${product}$.`, `$${product} ${sign} ${c} = ${answer}$.`],
      slips: [
        adds ? sumWithoutCarry(product, c) : differenceWithoutBorrow(product, c),
        a * (adds ? b + c : b - c),
        product,
      ],
    };
  },

  linear: (random) => {
    const [a, x, b] = [integerBetween(random, 2, 9), integerBetween(random, 1, 12), integerBetween(random, 1, 30)];
    const product = a * x;
    const adds = b >= product || random() < 0.5;
    const right = adds ? product + b : product - b;
    const equation = `${a}x ${adds ? "+" : "-"} ${b} = ${right}`;
    return {
      problemType: "Algebra",
      statement: pick(random, [`Solve for $x$: $${equation}$.`, `Find $x$ if $${equation}$.`]),
      answer: x,
      steps: [`$${a}x = ${right} ${adds ? "-" : "+"} ${b} = ${product}$.`, `$x = ${fraction(product, a)} = ${x}$.`],
      slips: [product, x + 1, adds ? right + b : right - b],
    };
  },

  sequence: (random) => {
    const [a, d, n] = [integerBetween(random, 1, 30), integerBetween(random, 2, 9), integerBetween(random, 4, 13)];
    const growth = (n - 1) * d;
    return {
      problemType: "Algebra",
      statement: `An arithmetic sequence starts with $${a}$ and has common difference $${d}$. Find term number $${n}$.`,
      answer: a + growth,
      steps: [`$${n} - 1 = ${n - 1}$.`, `$${n - 1} \\times ${d} = ${growth}$.`, `$${a} + ${growth} = ${a + growth}$.`],
      slips: [a + n * d, growth, sumWithoutCarry(a, growth)],
    };
  },

  change: (random) => {
    const [count, price] = [integerBetween(random, 2, 9), integerBetween(random, 2, 12)];
    const cost = count * price;
    const paid = cost + integerBetween(random, 1, 60);
    const name = pick(random, ["Ana", "Tom", "Mia", "Sam"]);
    const thing = pick(random, ["pens", "books", "tickets", "apples"]);
    return {
      problemType: "Algebra",
      statement: `${name} has $${paid}$ dollars and buys $${count}$ ${thing} for $${price}$ dollars each. How many dollars are left?`,
      answer: paid - cost,
      steps: [`$${count} \\times ${price} = ${cost}$.`, `$${paid} - ${cost} = ${paid - cost}$.`],
      slips: [cost, differenceWithoutBorrow(paid, cost), paid - count - price],
    };
  },

  remainder: (random) => {
    const [modulus, quotient] = [integerBetween(random, 3, 12), integerBetween(random, 2, 12)];
    const rest = integerBetween(random, 0, modulus - 1);
    const multiple = modulus * quotient;
    const number = multiple + rest;
    return {
      problemType: "Number Theory",
      statement: pick(random, [
        `Find the remainder when $${number}$ is divided by $${modulus}$.`,
        `What is the remainder when $${number}$ is divided by $${modulus}$?`,
      ]),
      answer: rest,
      steps: [`$${quotient} \\times ${modulus} = ${multiple}$.`, `$${number} - ${multiple} = ${rest}$.`],
      slips: [quotient, modulus - rest, rest + 1],
    };
  },

  gcd: (random) => {
    const divisor = integerBetween(random, 1, 9);
    const smaller = divisor * integerBetween(random, 2, 8);
    const larger = smaller + divisor * integerBetween(random, 1, 10);
    const steps: string[] = [];
    for (let [a, b] = [larger, smaller]; b > 0; [a, b] = [b, a % b]) {
      const multiple = a - (a % b);
      steps.push(`$${multiple / b} \\times ${b} = ${multiple}$, $${a} - ${multiple} = ${a % b}$.`);
    }
    const answer = greatestCommonDivisor(larger, smaller);
    return {
      problemType: "Number Theory",
      statement: ask(random, `\\gcd(${larger}, ${smaller})`),
      answer,
      steps,
      slips: [1, smaller, larger - smaller, 2 * answer],
    };
  },

  rectangle: (random) => {
    const [length, width] = [integerBetween(random, 3, 40), integerBetween(random, 2, 39)];
    const half = length + width;
    if (random() < 0.5 || length * width > 199)
      return {
        problemType: "Geometry",
        statement: `A rectangle has length $${length}$ and width $${width}$. Find its perimeter.`,
        answer: 2 * half,
        steps: [`$${length} + ${width} = ${half}$.`, `$2 \\times ${half} = ${2 * half}$.`],
        slips: [half, length * width, 2 * sumWithoutCarry(length, width)],
      };
    return {
      problemType: "Geometry",
      statement: `A rectangle has perimeter $${2 * half}$ and length $${length}$. Find its area.`,
      answer: length * width,
      steps: [
        `$${fraction(2 * half, 2)} = ${half}$.`,
        `$${half} - ${length} = ${width}$.`,
        `$${length} \\times ${width} = ${length * width}$.`,
      ],
      slips: [width, half, 2 * half - length],
    };
  },

  angles: (random) => {
    const [a, b] = [integerBetween(random, 15, 99), integerBetween(random, 15, 75)];
    const sum = a + b;
    return {
      problemType: "Geometry",
      statement: `Two angles of a triangle measure $${a}$ and $${b}$ degrees. Find the third angle in degrees.`,
      answer: 180 - sum,
      steps: [`$${a} + ${b} = ${sum}$.`, `$180 - ${sum} = ${180 - sum}$.`],
      slips: [sum, 190 - sum, 180 - sumWithoutCarry(a, b)],
    };
  },

  probability: (random) => {
    const [red, blue] = [integerBetween(random, 1, 20), integerBetween(random, 1, 20)];
    const color = pick(random, ["red", "blue"]);
    const [wanted, total] = [color === "red" ? red : blue, red + blue];
    const common = greatestCommonDivisor(wanted, total);
    const reduced = fraction(wanted / common, total / common);
    return {
      problemType: "Combinatorics",
      statement: `A bag holds $${red}$ red and $${blue}$ blue marbles. One marble is drawn at random. What is the probability that it is ${color}?`,
      answer: reduced,
      steps: [
        `$${red} + ${blue} = ${total}$.`,
        common === 1 ? `$P = ${reduced}$.` : `$P = ${fraction(wanted, total)} = ${reduced}$.`,
      ],
      slips:
        red === blue
          ? [fraction(1, total)]
          : [fraction(total - wanted, total), fraction(1, total), fraction(red, blue)],
    };
  },

  choices: (random) => {
    const [a, b] = [integerBetween(random, 2, 9), integerBetween(random, 2, 9)];
    const c = integerBetween(random, 2, Math.min(9, Math.floor(199 / (a * b))));
    const [first, second, third, whole] = pick(random, [
      ["starters", "mains", "desserts", "meals"],
      ["shirts", "trousers", "hats", "outfits"],
    ] as const);
    return {
      problemType: "Combinatorics",
      statement: `How many different ${whole} can be made from $${a}$ ${first}, $${b}$ ${second} and $${c}$ ${third}?`,
      answer: a * b * c,
      steps: [`$${a} \\times ${b} = ${a * b}$.`, `$${a * b} \\times ${c} = ${a * b * c}$.`],
      slips: [a + b + c, a * b + c],
    };
  },

  derivative: (random) => {
    const [a, b, at] = [integerBetween(random, 2, 9), integerBetween(random, 2, 20), integerBetween(random, 2, 9)];
    const product = 2 * a * at;
    return {
      problemType: "Calculus",
      statement: `Let $f(x) = ${a}x^2 + ${b}x$. Find $f'(${at})$.`,
      answer: product + b,
      steps: [
        `$f'(x) = ${2 * a}x + ${b}$.`,
        `$${2 * a} \\times ${at} = ${product}$.`,
        `$${product} + ${b} = ${product + b}$.`,
      ],
      slips: [a * at + b, product, sumWithoutCarry(product, b)],
    };
  },

  integers: (random) => {
    const low = integerBetween(random, 1, 60);
    const high = low + integerBetween(random, 3, 60);
    const closed = random() < 0.5;
    const difference = high - low;
    const answer = closed ? difference + 1 : difference - 1;
    const relation = closed ? "\\le" : "<";
    return {
      problemType: "Inequalities",
      statement: `How many integers $n$ satisfy $${low} ${relation} n ${relation} ${high}$?`,
      answer,
      steps: [`$${high} - ${low} = ${difference}$.`, `$${difference} ${closed ? "+" : "-"} 1 = ${answer}$.`],
      slips: [difference, closed ? difference - 1 : difference + 1],
    };
  },
};

/** The names of the families. */
export const families: readonly string[] = Object.keys(generators);
