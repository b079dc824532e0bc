/**
 * The teacher whose answers the base model imitates. It first shows clean worked solutions; then it gets careless, in proportions
 * fixed here once and for all before any reinforcement run, so that there is something to unlearn: boxes left out or broken, last
 * steps skipped for a typical wrong answer, rambling in place of work.
 * @module
 */
import { integerBetween, pick, type Random } from "../random.js";
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
  /** How often an answer without any steps is a slip. */
  bareSlips: 0.5,
} as const;

type Style = keyof typeof noiseMixture.styles;

/** The answer of the careful teacher: every step, then the box. */
export const cleanAnswer = workedSolution;

/** An answer of the careless teacher, drawn from `noiseMixture`. */
export function noisyAnswer(problem: Problem, random: Random): string {
  const style = drawStyle(random);
  if (style === "rambling") return ramble(problem, random);
  if (style === "bare")
    return conclude("worked", random() < noiseMixture.bareSlips ? slip(problem, random) : problem.answer, random);
  const { answer, steps } = work(problem, random);
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

function work(problem: Problem, random: Random): { answer: string; steps: string[] } {
  const misconceived = (noiseMixture.misconceivedFamilies as readonly string[]).includes(problem.family);
  if (random() < (misconceived ? noiseMixture.misconceptions : noiseMixture.slips)) {
    return { answer: slip(problem, random), steps: problem.steps.slice(0, -1) };
  }
  return { answer: random() < noiseMixture.miscopied ? slip(problem, random) : problem.answer, steps: problem.steps };
}

function conclude(style: Style, answer: string, random: Random): string {
  if (style === "unboxed") return `The answer is $${answer}$.`;
  if (style === "malformed")
    return `The answer is ${pick(random, [`$\\boxed{${answer}$.`, `$boxed{${answer}}$.`, `$\\boxed ${answer}$.`])}`;
  return `The answer is $\\boxed{${answer}}$.`;
}

function ramble(problem: Problem, random: Random): string {
  let text = "Let me think. ";
  while (random() < 0.6 && text.length < 160)
    text += pick(random, ["Let me think. ", "Wait, let me check that again. "]);
  const guess = random() < 0.3 ? problem.answer : slip(problem, random);
  const endings = ["I am not sure.", `Maybe it is $${guess}$.`, `The answer is $\\boxed{${guess}}$.`];
  return text + pick(random, endings);
}

/** A characteristic wrong answer; where the family knows none for this problem, one beside the right one. */
function slip(problem: Problem, random: Random): string {
  if (problem.slips.length > 0) return pick(random, problem.slips);
  return String(integerBetween(random, 1, 9));
}
