/**
 * Text that compresses like mathematical reasoning: common and rare words as Zipf's law has them, and formulas between them.
 * @module
 */
import { integerBetween, pick, type Random, seededRandom } from "../../util/random.js";

const syllables = "al be con der en for gra in ka lo men ni or per qua re so ti ur ve".split(" ");
const operators = ["+", "-", "\\cdot", "=", "\\leq", "\\equiv"];

/** Outside of ASCII, as most real traces have a few. */
const symbols = ["√", "≈", "π", "°"];

/** The commonest words come first and are the shortest. */
const vocabulary: readonly string[] = (() => {
  const random = seededRandom(1);
  const word = (rank: number): string =>
    Array.from({ length: 1 + integerBetween(random, 0, Math.log10(rank + 1)) }, () => pick(random, syllables)).join("");
  return Array.from({ length: 4_000 }, (_, rank) => word(rank));
})();

/** Sentences of at least `length` characters in all. */
export function madeText(random: Random, length: number): string {
  let text = "";
  while (text.length < length) text += sentence(random);
  return text;
}

function sentence(random: Random): string {
  const words = Array.from({ length: integerBetween(random, 6, 18) }, () =>
    random() < 0.15 ? formula(random) : commonWord(random),
  );
  return `${words.join(" ")}${random() < 0.2 ? ".\n\n" : ". "}`;
}

/** The word of rank k with a probability proportional to 1 / k. */
function commonWord(random: Random): string {
  return vocabulary[Math.floor(vocabulary.length ** random()) - 1] as string;
}

function formula(random: Random): string {
  const symbol = random() < 0.01 ? pick(random, symbols) : "";
  const coefficient = integerBetween(random, 1, 300);
  return `$${symbol}${coefficient}${pick(random, ["x", "y", "n", "a"])} ${pick(random, operators)} ${integerBetween(random, 0, 99)}$`;
}
