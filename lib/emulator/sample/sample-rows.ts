/**
 * The sample that stands in for OpenR1-Math-220k until real shards are there: generated problems, among them
 * every fault that preparation has to find.
 * @module
 */
import type { OpenR1Row } from "../../data/open-r1.js";
import { sha256 } from "../../util/hash.js";
import { pick, type Random, seededRandom, shuffled } from "../../util/random.js";
import { families, generateProblem, isHeldOut, type Problem, workedSolution } from "../nano/problems.js";

const soundProblems = 2_400;

/** How many rows of each kind must be dropped. */
const faults = {
  "no answer": 24,
  "answer not found": 6,
  "cut-off answer": 30,
  "false equation": 6,
  proof: 15,
  image: 8,
} as const;

/** How many problems of the first shard the second one holds too. */
const duplicateCount = 30;

type Fault = keyof typeof faults;

/**
 * The rows of two shards, always the same. All problems are of the kind that the tiny model's pre-training
 * never saw.
 */
export function sampleRows(): [OpenR1Row[], OpenR1Row[]] {
  const random = seededRandom(2026);
  const draw = heldOutProblems(random);
  const sound = Array.from({ length: soundProblems }, () => soundRow(draw(), random));
  const half = soundProblems / 2;
  const faulty = Object.entries(faults).flatMap(([fault, count]) =>
    Array.from({ length: count }, () => faultyRow(fault as Fault, draw(), random)),
  );
  const isEven = (_: unknown, index: number): boolean => index % 2 === 0;
  const isOdd = (_: unknown, index: number): boolean => index % 2 === 1;
  const duplicates = sound.slice(0, duplicateCount).map(duplicateRow);
  return [
    shuffled(random, [...sound.slice(0, half), ...faulty.filter(isEven)]),
    shuffled(random, [...sound.slice(half), ...faulty.filter(isOdd), ...duplicates]),
  ];
}

/**
 * Draws one problem after the other, the families in turn, none with the same mathematics twice: other words
 * around the same numbers would make the split between training and validation leak. A family that runs out
 * is skipped.
 */
function heldOutProblems(random: Random): () => Problem {
  const met = new Set<string>();
  const open = [...families];
  let turn = 0;
  return () => {
    while (open.length > 0) {
      const family = open[turn % open.length] as string;
      for (let attempt = 0; attempt < 2_000; attempt++) {
        const problem = generateProblem(random, family);
        const mathematics = `${family} ${problem.statement.match(/\$[^$]*\$/g)?.join(" ")}`;
        if (isHeldOut(problem.statement) && !met.has(mathematics)) {
          met.add(mathematics);
          turn += 1;
          return problem;
        }
      }
      open.splice(turn % open.length, 1);
    }
    throw new Error("every family has run out of held-out problems");
  };
}

/**
 * A problem with one or two traces. In one row of twenty none is good; in one of ten a language model had to
 * verify.
 */
function soundRow(problem: Problem, random: Random): OpenR1Row {
  const kind = random();
  const bad = random() < 0.5 ? wrongTrace(problem, random) : unfinishedTrace(problem, random);
  if (kind > 0.95) return openR1Row(problem, [bad]);
  const good = goodTrace(problem, random, kind < 0.1 ? "model" : "math-verify");
  if (random() < 0.6) return openR1Row(problem, [good]);
  return openR1Row(
    problem,
    shuffled(random, [good, random() < 0.7 ? bad : { ...good, text: thinking(problem, random) }]),
  );
}

/** A row that has to be dropped for `fault`. */
function faultyRow(fault: Fault, problem: Problem, random: Random): OpenR1Row {
  const row = openR1Row(problem, [goodTrace(problem, random, "math-verify")]);
  const edited = (change: Partial<OpenR1Row>): OpenR1Row => ({ ...row, ...change });
  const { statement, answer } = problem;
  switch (fault) {
    case "no answer":
      return edited({ answer: null });
    case "answer not found":
      return edited({ answer: "notfound" });
    case "cut-off answer":
      return edited({ answer: answer.startsWith("\\frac") ? (answer.split("}")[0] as string) : `\\frac{${answer}` });
    case "false equation":
      return edited({ answer: `${answer} = ${answer}0` });
    case "proof":
      return edited({
        problem: `Prove that $${answer}$ is the answer to the following question. ${statement}`,
        answer: "proof",
        question_type: "proof",
      });
    case "image":
      return edited({ problem: `${statement}\n\n![](figure.png)` });
  }
}

/** The same problem under another identity, with other white space. */
function duplicateRow(row: OpenR1Row): OpenR1Row {
  return { ...row, problem: ` ${row.problem?.replace(". ", ".\n")}`, uuid: uuidOf(`repeat of ${row.uuid}`) };
}

interface SampleTrace {
  text: string;
  isComplete: boolean;
  /** Who found the trace correct. */
  verifiedBy: "math-verify" | "model" | null;
}

function goodTrace(problem: Problem, random: Random, verifiedBy: "math-verify" | "model"): SampleTrace {
  return { text: thinking(problem, random), isComplete: true, verifiedBy };
}

function wrongTrace(problem: Problem, random: Random): SampleTrace {
  const slip = problem.slips.length > 0 ? pick(random, problem.slips) : "0";
  const steps = [...problem.steps.slice(0, -1), `So it is $${slip}$.`];
  return { text: thinking({ ...problem, answer: slip, steps }, random), isComplete: true, verifiedBy: null };
}

function unfinishedTrace(problem: Problem, random: Random): SampleTrace {
  const text = thinking(problem, random);
  return { text: text.slice(0, text.indexOf("</think>")).trimEnd(), isComplete: false, verifiedBy: null };
}

function thinking(problem: Problem, random: Random): string {
  const opening = pick(random, ["Let me think.", "Let me work this out.", "First the steps, then the answer."]);
  return `<think>\n${opening}\n${problem.steps.join("\n")}\n</think>\n\n${workedSolution(problem)}`;
}

function openR1Row({ statement, answer, problemType, ...problem }: Problem, traces: readonly SampleTrace[]): OpenR1Row {
  const askedModel = traces.some(({ verifiedBy }) => verifiedBy === "model");
  return {
    problem: statement,
    solution: problem.steps.join("\n"),
    answer,
    problem_type: problemType,
    question_type: "math-word-problem",
    source: "cookbook_generated",
    uuid: uuidOf(statement),
    is_reasoning_complete: traces.map(({ isComplete }) => isComplete),
    generations: traces.map(({ text }) => text),
    correctness_math_verify: traces.map(({ verifiedBy }) => verifiedBy === "math-verify"),
    correctness_llama: askedModel ? traces.map(({ verifiedBy }) => verifiedBy === "model") : null,
    finish_reasons: traces.map(({ isComplete }) => (isComplete ? "stop" : "length")),
    correctness_count: BigInt(traces.filter(({ verifiedBy }) => verifiedBy !== null).length),
    messages: [
      { content: statement, role: "user" },
      { content: traces[0]?.text ?? "", role: "assistant" },
    ],
  };
}

/** A UUID made from text, 8-4-4-4-12 hexadecimal digits. */
function uuidOf(text: string): string {
  return sha256(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}
