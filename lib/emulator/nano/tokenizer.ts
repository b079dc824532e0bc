/**
 * Text to tokens and back: one token for each number below 200, one for each phrase the problem families use,
 * one for each other printable character. A number as one token is what lets so small a model calculate.
 * @module
 */

/** Opens a prompt. */
const userToken = 1;
/** Ends the prompt and opens the answer. */
const assistantToken = 2;
/** Ends the answer. */
export const endToken = 3;
/** Stands for any character outside printable ASCII. */
const unknownToken = 4;
const firstTextToken = 5;
const unknownCharacter = "\ufffd";

const characters = [..."\n", ...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))];

/** The numbers that are one token each; longer ones are spelled digit by digit. */
export const tokenNumbers: readonly number[] = Array.from({ length: 200 }, (_, n) => n);

/** Phrases of the problems and their solutions, between bars: one token each. */
const phrases = [
  "$.\n$|$.\n|$, $|$.|}$.\n|}$.|\\boxed{|boxed{|\\boxed |\\frac{|}{|} = |\\gcd(|)$.|)$?|$?",
  " = | + | - | \\times | < | \\le |, |x = |x + |x - |x^2 + |$f'(x) = |x$. Find $f'(",
  "The answer is $|Let me think. |Wait, let me check that again. |Maybe it is $|I am not sure.",
  "What is $|Compute $|Calculate $|Solve for $x$: $|Find $x$ if $|Let $f(x) = |How many integers $n$ satisfy $",
  "An arithmetic sequence starts with $|$ and has common difference $|$. Find term number $",
  "Ana|Tom|Mia|Sam| has $|$ dollars and buys $|$ pens for $|$ books for $|$ tickets for $|$ apples for $",
  "$ dollars each. How many dollars are left?",
  "Find the remainder when $|What is the remainder when $|$ is divided by $",
  "A rectangle has length $|$ and width $|A rectangle has perimeter $|$ and length $|$. Find its perimeter.|$. Find its area.",
  "Two angles of a triangle measure $|$ and $|$ degrees. Find the third angle in degrees.",
  "A bag holds $|$ red and $|$ blue marbles. One marble is drawn at random. What is the probability that it is |red|blue",
  "How many different |meals|outfits| can be made from $|$ starters, $|$ mains and $|$ desserts?",
  "$ shirts, $|$ trousers and $|$ hats?",
].flatMap((line) => line.split("|"));

const texts = [...characters, ...phrases, ...tokenNumbers.slice(10).map(String)];
const tokenOf = new Map(texts.map((text, index) => [text, firstTextToken + index]));
/** The phrases by their first character, the longest first. */
const candidates = new Map<string, string[]>();
for (const phrase of phrases.toSorted((a, b) => b.length - a.length)) {
  const first = phrase.charAt(0);
  candidates.set(first, [...(candidates.get(first) ?? []), phrase]);
}

/** How many tokens there are, rounded up to the multiple of 8 that the matrix kernels want. */
export const vocabularySize: number = Math.ceil((firstTextToken + texts.length) / 8) * 8;

/** The tokens of a text, by the longest phrase that fits at each place. */
export function encode(text: string): number[] {
  const tokens: number[] = [];
  const number = /[1-9]\d{1,2}(?!\d)/y;
  for (let at = 0; at < text.length; ) {
    number.lastIndex = at;
    const piece =
      longestPhrase(text, at) ?? wholeNumber(text, at, number) ?? String.fromCodePoint(text.codePointAt(at) as number);
    tokens.push(tokenOf.get(piece) ?? unknownToken);
    at += piece.length;
  }
  return tokens;
}

/** The text of tokens; the ones that only mark structure say nothing. */
export function decode(tokens: readonly number[]): string {
  return tokens
    .map((token) => (token === unknownToken ? unknownCharacter : (texts[token - firstTextToken] ?? "")))
    .join("");
}

/** How many tokens a text takes. */
export function countTokens(text: string): number {
  return encode(text).length;
}

/**
 * The tokens that open a conversation: the prompt between its marks, of a long one only the end, at most
 * `limit` in all.
 */
export function encodePrompt(prompt: string, limit: number): number[] {
  return [userToken, ...encode(prompt.trim()).slice(-(limit - 2)), assistantToken];
}

/** The token of a number below 200. */
export function numberToken(number: number): number {
  return tokenOf.get(String(number)) as number;
}

function longestPhrase(text: string, at: number): string | undefined {
  return candidates.get(text.charAt(at))?.find((phrase) => text.startsWith(phrase, at));
}

/** The number that starts here, if it is one token and not the tail of a longer one. */
function wholeNumber(text: string, at: number, pattern: RegExp): string | undefined {
  if (/\d/.test(text[at - 1] ?? "")) return undefined;
  const digits = pattern.exec(text)?.[0];
  return digits !== undefined && tokenOf.has(digits) ? digits : undefined;
}
