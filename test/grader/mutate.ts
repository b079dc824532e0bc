/**
 * Changes reference answers: mutants, whose meaning must change, and rewritings, whose meaning must not.
 * @module
 */
import { integerBetween, pick, type Random, shuffled } from "../../dist/util/random.js";

/** A reference answer and the kind of answer it is, as `cases.jsonl` has them. */
export interface Reference {
  gold: string;
  stratum: string;
}

/** A changed reference, and the name of the rule that changed it. */
export interface Change {
  rule: string;
  gold: string;
  pred: string;
}

/** One rule: the changed text, or null where the rule has nothing to change in this reference. */
type Rule = (random: Random, reference: Reference) => string | null;

/** A mutant of a reference by a rule that applies to it; null where none does. */
export function mutantOf(random: Random, reference: Reference): Change | null {
  return changedBy(random, reference, mutations);
}

/** A harmless rewriting of a reference; null where no rule applies to it. */
export function rewritingOf(random: Random, reference: Reference): Change | null {
  return changedBy(random, reference, rewritings);
}

function changedBy(random: Random, reference: Reference, rules: Record<string, Rule>): Change | null {
  for (const rule of shuffled(random, Object.keys(rules))) {
    const pred = rules[rule]?.(random, reference) ?? null;
    if (pred !== null && pred !== reference.gold) return { rule, gold: reference.gold, pred };
  }
  return null;
}

const oneOf = (random: Random, matches: RegExpMatchArray[]): RegExpMatchArray | null =>
  matches.length === 0 ? null : pick(random, matches);

/** The text with one match of the pattern replaced. */
function replaced(random: Random, text: string, pattern: RegExp, change: (found: string) => string): string | null {
  const match = oneOf(random, [...text.matchAll(pattern)]);
  if (match === null) return null;
  const start = match.index ?? 0;
  return text.slice(0, start) + change(match[0]) + text.slice(start + match[0].length);
}

/**
 * Where a digit or a sign may change without changing the meaning: 1^5, |-5|, C(12, 4), cos 45°, 0 · 7,
 * roundings, chains.
 */
const insensitive =
  /\||abs|\d ?\\frac|\)\^|1\^|\^0|\^\{0|[CAP]_|binom|choose|\\equiv|mod|approx|\\ldots|\\cdots|\\dots|=.*=|\\cos|\\sec|\\text|!|ceil|floor|\\gcd|\\max|\\min|0\\|\\cup|\\overline|e\^|\\int|\\lim|\\sum|\\prod|\\mathrm|array|\\circ|°|\\pm|\\mp|_1|_2|:|\\Rightarrow/;

const isPlain = ({ gold }: Reference): boolean => !insensitive.test(gold);
const isNumber = ({ gold }: Reference): boolean => /^-?\d+(?:\.\d+)?$|^-?\\frac\{\d+\}\{\d+\}$/.test(gold);
const isValue = ({ gold, stratum }: Reference): boolean =>
  ["numbers", "expressions"].includes(stratum) &&
  !/[=<>,%:_]|\\text|\\le|\\ge|\\pm|\\in|\\equiv|#|\p{L}{4}/u.test(gold);
const isInterval = ({ gold }: Reference): boolean => /^(?:x \\in )?[[(][^()[\],]+,[^()[\],]+[\])]$/.test(gold);

const functionPairs: [string, string][] = [
  ["\\sin", "\\cos"],
  ["\\tan", "\\sin"],
  ["\\ln", "\\sin"],
  ["\\arctan", "\\arcsin"],
  ["\\lfloor", "\\lceil"],
  ["\\max", "\\min"],
  ["\\gcd", "\\max"],
];
const unitPairs: [RegExp, string][] = [
  [/\bcm\b/, "mm"],
  [/\bkm\b/, "m"],
  [/\bminutes\b/, "hours"],
  [/\bmin\b/, "s"],
  [/\bhours?\b/, "days"],
  [/\bdollars\b/, "cents"],
  [/\bkg\b/, "g"],
  [/\bliters\b/, "gallons"],
  [/cm\^2/, "cm^3"],
  [/cm\^\{2\}/, "cm^{3}"],
  [/\bp\.m\./, "a.m."],
  [/厘米/, "千克"],
];
const domainPairs: [string, string][] = [
  ["\\mathbb{Z}", "\\mathbb{N}"],
  ["\\mathbb{R}", "\\mathbb{Q}"],
  ["\\mathbb{N}^*", "\\mathbb{Z}"],
  ["positive", "negative"],
  ["even", "odd"],
];
const hedges = [" \\text{ or } 987", ", 987", " \\text{ tenths}", "?", " \\text{ is wrong}", " \\text{ and } 987"];

/** Replaces the first side of a pair where it stands in the text, or the second where that does. */
function swapped(random: Random, text: string, pairs: readonly (readonly [string, string])[]): string | null {
  const found = pairs.flatMap(([a, b]) => [
    ...(text.includes(a) ? [[a, b]] : []),
    ...(text.includes(b) ? [[b, a]] : []),
  ]) as [string, string][];
  if (found.length === 0) return null;
  const [from, to] = pick(random, found);
  return text.replace(from, to);
}

const mutations: Record<string, Rule> = {
  digit: (random, reference) =>
    isPlain(reference)
      ? replaced(random, reference.gold, /\d/g, (digit) => String((Number(digit) + integerBetween(random, 1, 8)) % 10))
      : null,
  "another last digit": (random, { gold }) =>
    /^\d+$/.test(gold) ? gold.slice(0, -1) + ((Number(gold.at(-1)) + integerBetween(random, 1, 9)) % 10) : null,
  "sign of a term": (random, reference) =>
    isPlain(reference)
      ? replaced(random, reference.gold, /(?<=[\dxyn}] ?)[+-](?= ?\d*[1-9a-z\\])/g, (sign) =>
          sign === "+" ? "-" : "+",
        )
      : null,
  "sign of a number": (_, reference) =>
    isNumber(reference) && /[1-9]/.test(reference.gold)
      ? reference.gold.startsWith("-")
        ? reference.gold.slice(1)
        : `-${reference.gold}`
      : null,
  modulus: (random, { gold }) =>
    replaced(random, gold, /(?<=mod[ {]*)\d+/g, (modulus) => String(Number(modulus) + integerBetween(random, 1, 9))),
  residue: (_, { gold }) =>
    /\\equiv \d+ \\pmod/.test(gold) ? gold.replace(/\\equiv (\d+)/, (_all, r) => `\\equiv ${Number(r) + 1}`) : null,
  function: (random, { gold }) => (/4|=|x - 7|\\pi$/.test(gold) ? null : swapped(random, gold, functionPairs)),
  "function on the left": (_, { gold }) =>
    /^\\(sin|tan) \w+ =/.test(gold) ? gold.replace(/^\\(sin|tan)/, "\\cos") : null,
  "end bracket": (random, reference) =>
    isInterval(reference) && !reference.gold.includes("infty")
      ? replaced(random, reference.gold, /[[(\])]/g, (end) => ({ "[": "(", "(": "[", "]": ")", ")": "]" })[end] ?? end)
      : null,
  relation: (random, { gold }) =>
    /\\text|\||cases|array|approx|\\infty/.test(gold)
      ? null
      : swapped(random, gold, [
          [" < ", " > "],
          ["\\le ", "\\ge "],
          ["\\cup", "\\cap"],
          ["\\le ", "< "],
        ]),
  domain: (random, { gold }) => swapped(random, gold, domainPairs),
  unit: (random, { gold }) => {
    const found = unitPairs.filter(([pattern]) => pattern.test(gold));
    if (found.length === 0) return null;
    const [pattern, unit] = pick(random, found);
    return gold.replace(pattern, unit);
  },
  choice: (random, { gold }) => {
    const match = /^(?:\\textbf\{)?\(?([A-E])\)?/.exec(gold);
    if (match === null || !/^(?:[A-E]|\([A-E]\)|\\text(?:bf)?\{\(?[A-E]\)?\}.*)$/.test(gold)) return null;
    const others = [..."ABCDE"].filter((letter) => letter !== match[1]);
    return gold.replace(match[1] ?? "", pick(random, others));
  },
  word: (random, { gold, stratum }) =>
    stratum === "words" ? replaced(random, gold, /\p{L}{3,}/gu, (word) => `${[...word].reverse().join("")}q`) : null,
  anagram: (random, { gold, stratum }) => {
    if (stratum !== "words" || /\\/.test(gold)) return null;
    const letters = shuffled(random, [...gold.replaceAll(" ", "")]).join("");
    return letters.toLowerCase() === gold.replaceAll(" ", "").toLowerCase() ? null : letters;
  },
  "order of a tuple": (_, { gold, stratum }) => {
    const match = /^\((-?\d+), (-?\d+)\)$/.exec(gold);
    return match && match[1] !== match[2] && stratum !== "intervals" ? `(${match[2]}, ${match[1]})` : null;
  },
  "an element less": (random, { gold }) => {
    const items = /^\\\{(-?\d+(?:, -?\d+)+)\\\}$/.exec(gold)?.[1]?.split(", ");
    if (!items || new Set(items).size < items.length) return null;
    return `\\{${shuffled(random, items).slice(1).join(", ")}\\}`;
  },
  hedge: (random, reference) => (isNumber(reference) ? reference.gold + pick(random, hedges) : null),
  multiple: (random, reference) =>
    isNumber(reference) && /[1-9]/.test(reference.gold)
      ? `${integerBetween(random, 2, 9)} \\cdot (${reference.gold})`
      : null,
  power: (_, reference) => (/^[2-9]\d*$/.test(reference.gold) ? `${reference.gold}^2` : null),
  factorial: (_, { gold }) => (/^(?:[3-9]|[1-9]\d)$/.test(gold) ? `${gold}!` : null),
};

const rewritings: Record<string, Rule> = {
  "thin spaces": (random, { gold }) =>
    /\\text|\\mathrm|[a-z]{3} |\d \d|[^\x20-\x7e]/.test(gold.replaceAll(/\\[a-z]+/g, ""))
      ? null
      : replaced(random, gold, / /g, () => " \\, "),
  "dollar signs": (_, { gold }) => (/[$]/.test(gold) ? null : `$${gold}$`),
  "outer space": (_, { gold }) => `  ${gold} `,
  "final period": (_, { gold }) => (/[.\d/=]$|\\right\.$|\\$/.test(gold) ? null : `${gold}.`),
  "display fractions": (_, { gold }) => gold.replaceAll("\\frac", "\\dfrac"),
  "sized brackets": (_, { gold }) =>
    /\\left|\\right|\\text|\(days|\(yuan/.test(gold)
      ? null
      : gold
          .replaceAll("(", "\\left(")
          .replaceAll(")", "\\right)")
          .replaceAll("[", "\\left[")
          .replaceAll("]", "\\right]")
          .replaceAll("\\sqrt\\left[3\\right]", "\\sqrt[3]")
          .replaceAll(/\\left\[(\d)\\right\]/g, "[$1]"),
  "typographic minus": (_, { gold }) => (/\\text|[a-z]-/.test(gold) ? null : gold.replaceAll("-", "−")),
  "other commands": (_, { gold }) =>
    gold
      .replaceAll(/\\le(?![a-z])/g, "\\leq")
      .replaceAll(/\\ge(?![a-z])/g, "\\geqslant")
      .replaceAll(/\\cdot(?![a-z])/g, "\\times")
      .replaceAll("\\ne ", "\\neq ")
      .replaceAll("\\emptyset", "\\varnothing"),
  "order of a set": (random, { gold }) => {
    const items = /^\\\{([^{}()[\]|:;=]+)\\\}$/.exec(gold)?.[1]?.split(",");
    return items && items.length > 1 ? `\\{${shuffled(random, items).join(", ")}\\}` : null;
  },
  "a fraction made wider": (random, { gold }) =>
    replaced(random, gold, /\\frac\{\d+\}\{\d+\}/g, (fraction) => {
      const factor = integerBetween(random, 2, 12);
      return fraction.replaceAll(/\d+/g, (digits) => String(Number(digits) * factor));
    }),
  "a zero added": (random, reference) =>
    isValue(reference) ? pick(random, [`${reference.gold} + 0`, `0 + ${reference.gold}`.replace("+ -", "- ")]) : null,
  "multiplied and divided": (random, reference) => {
    const factor = integerBetween(random, 2, 9);
    return isValue(reference) ? `\\frac{${factor}(${reference.gold})}{${factor}}` : null;
  },
  "a sum": (random, { gold }) => {
    const part = integerBetween(random, 1, 99);
    return /^\d{1,15}$/.test(gold) ? `${Number(gold) - part} + ${part}`.replace("+ -", "- ") : null;
  },
  "decimal places": (_, { gold }) => (/^[1-9]\d*$/.test(gold) ? `${gold}.0` : null),
  thousands: (_, { gold }) => (/^[1-9]\d{3,}$/.test(gold) ? gold.replaceAll(/(?=(?:\d{3})+$)(?<=\d)/g, "{,}") : null),
  announced: (random, reference) =>
    isNumber(reference) ? pick(random, ["\\text{The answer is } ", "x = ", "Answer: "]) + reference.gold : null,
};
