/**
 * Problems by the dozen: drawing them, working them out, and keeping a fifth of all mathematics out of pre-training.
 * @module
 */
import { pick, type Random } from "../../util/random.js";
import { drawFrom, families, type Problem } from "./problem-families.js";

export { families, type Problem } from "./problem-families.js";

/** A random problem, of `family` where one is named (one of `families`), else of any, each equally likely. */
export function generateProblem(random: Random, family: string = pick(random, families)): Problem {
  return drawFrom(family, random);
}

/** What a good trace looks like: the steps, one a line, then the answer in its box. */
export function workedSolution(problem: Problem): string {
  return [...problem.steps, `The answer is $\\boxed{${problem.answer}}$.`].join("\n");
}

/**
 * Whether a problem is kept out of pre-training, so that reinforcement and evaluation work on mathematics the base model never
 * saw. One problem in five is, by the FNV-1a hash of its mathematics alone: the same numbers in other words fall on the same side.
 */
export function isHeldOut(statement: string): boolean {
  const formulas = statement.match(/\$[^$]*\$/g) ?? [statement.toLowerCase()];
  let hash = 2166136261;
  for (const character of formulas.join(" ")) {
    hash = Math.imul(hash ^ (character.codePointAt(0) as number), 16777619);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) % 5 === 0;
}
