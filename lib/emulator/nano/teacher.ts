/**
 * The teacher whose answers the base model imitates. It first shows clean worked solutions; then it gets
 * careless, in proportions that were fixed here before any reinforcement run, so that there is something to
 * unlearn: boxes missing or broken, last steps skipped for a typical wrong answer, rambling in place of work.
 * @module
 */
import { integerBetween, pick, type Random } from "../../util/random.js";
import { type Problem, workedSolution } from "./problems.js";

/** What the careless teacher does, and how often. */
export const noiseMixture = {
  /** Shares of the styles of answering; they sum to 1. */
  styles: {
    /** All steps, then the answer in its box. */
    worked: 0.46,
    /** All steps, then the answer without a box. */
    unboxed: 0.18,
    /** All steps, then a box that is broken. */
    malformed: 0.1,
    /** A boxed answer and nothing else. */
    bare: 0.1,
    /** Thinking aloud that leads to a guess or to nothing. */
    rambling: 0.16,
  },
  /** How often the last step is skipped and one of the family's slips stands for the answer. */
  slips: 0.12,
  /** The same, in the families where the teacher holds a misconception: there the wrong way is the usual one. */
  misconceptions: 0.62,
  misconceivedFamilies: ["sequence", "rectangle", "probability", "integers"],
  /** How often an answer is miscopied although all steps are right. */
  miscopied: 0.03,
  /** How often an answer without any steps is a slip, after rambling and else. */
  guesses: { rambling: 0.7, bare: 0.5 },
  /** How often another thought follows a thought, and how long (in characters) that may go on. */
  thinksOn: { chance: 0.6, length: 160 },
} as const;

const thoughts = ["Let me think. ", "Wait, let me check that again. "] as const;

type Style = keyof typeof noiseMixture.styles;

/** The answer of the careful teacher: every step, then the box. */
export const cleanAnswer = workedSolution;

/** An answer of the careless teacher, drawn from `noiseMixture`. */
export function noisyAnswer(problem: Problem, random: Random): string {
  const style = drawStyle(random);
  if (style === "rambling") return ramble(problem, random);
  if (style === "bare") return conclude(style, guess(problem, noiseMixture.guesses.bare, random), random);
  const { steps, answer } = work(problem, random);
  return [...steps, conclude(style, answer, random)].join("\n");
}

function drawStyle(random: Random): Style {
  let threshold = random();
  for (const [style, share] of Object.entries(noiseMixture.styles)) {
    threshold -= share;
    if (threshold < 0) return style as Style;
  }
  return "worked";
}

function work(problem: Problem, random: Random): { steps: string[]; answer: string } {
  const misconceived = (noiseMixture.misconceivedFamilies as readonly string[]).includes(problem.family);
  const slips = random() < (misconceived ? noiseMixture.misconceptions : noiseMixture.slips);
  if (slips) return { steps: problem.steps.slice(0, -1), answer: slip(problem, random) };
  return { steps: problem.steps, answer: random() < noiseMixture.miscopied ? slip(problem, random) : problem.answer };
}

function conclude(style: Style, answer: string, random: Random): string {
  const boxes: Record<string, string[]> = {
    unboxed: [answer],
    malformed: [`\\boxed{${answer}`, `boxed{${answer}}`, `\\boxed ${answer}`],
  };
  return `The answer is $${pick(random, boxes[style] ?? [`\\boxed{${answer}}`])}$.`;
}

function ramble(problem: Problem, random: Random): string {
  const { chance, length } = noiseMixture.thinksOn;
  let text: string = thoughts[0];
  while (random() < chance && text.length < length) text += pick(random, thoughts);
  const answer = guess(problem, noiseMixture.guesses.rambling, random);
  return text + pick(random, ["I am not sure.", `Maybe it is $${answer}$.`, conclude("rambling", answer, random)]);
}

function guess(problem: Problem, slips: number, random: Random): string {
  return random() < slips ? slip(problem, random) : problem.answer;
}

/** A characteristic wrong answer; a small number if the family knows none for this problem. */
function slip(problem: Problem, random: Random): string {
  return problem.slips.length > 0 ? pick(random, problem.slips) : String(integerBetween(random, 1, 9));
}
