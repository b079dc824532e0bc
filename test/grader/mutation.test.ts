import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { mathGraderSource } from "../../dist/grader/math-grader.js";
import { openSandbox } from "../../dist/grader/sandbox.js";
import { pick, seededRandom } from "../../dist/util/random.js";
import { differentAnswers } from "./different.js";
import { type Change, mutantOf, type Reference, rewritingOf } from "./mutate.js";

/** 5,000 with every run of the tests; the soak asks for more. */
const mutantCount = Number(process.env.MUTANTS ?? 5000);
const timeout = 120_000 + 20 * mutantCount;

const sandbox = openSandbox();
afterAll(() => sandbox.close());

/** The references of `cases.jsonl` that equal themselves: what is false or cut off has no meaning to change. */
async function references(): Promise<Reference[]> {
  const rows = readFileSync(join(__dirname, "cases.jsonl"), "utf8").trimEnd().split("\n");
  const all = new Map(rows.map((row) => JSON.parse(row) as Reference).map((row) => [row.gold, row]));
  const decisions = await areEqual([...all.keys()].map((gold) => [gold, gold]));
  return [...all.values()].filter((_, i) => decisions[i]);
}

async function areEqual(pairs: [string, string][]): Promise<boolean[]> {
  const decisions: boolean[] = [];
  for (let done = 0; done < pairs.length; done += 5000) {
    const outcomes = await sandbox.call(mathGraderSource(), "is_equal", pairs.slice(done, done + 5000));
    decisions.push(...outcomes.map((outcome) => outcome.ok && outcome.value === true));
  }
  return decisions;
}

/** Draws changes of references; those on which the decision is not as it must be. */
async function survivors(change: typeof mutantOf, mayBeEqual: boolean): Promise<Change[]> {
  const random = seededRandom(7);
  const from = await references();
  const changes = Array.from({ length: mutantCount }, () => change(random, pick(random, from))).filter(
    (drawn) => drawn !== null,
  );
  expect(changes.length).toBeGreaterThan(mutantCount / 2);
  const decisions = await areEqual(changes.map(({ gold, pred }) => [gold, pred]));
  return changes.filter((_, i) => decisions[i] !== mayBeEqual);
}

describe(`${mutantCount} changes of the references`, () => {
  test(
    "that change the meaning are never accepted",
    async () => {
      expect(await survivors(mutantOf, false)).toEqual([]);
    },
    timeout,
  );

  test(
    "that keep the meaning are never refused",
    async () => {
      expect(await survivors(rewritingOf, true)).toEqual([]);
    },
    timeout,
  );
});

describe(`${differentAnswers.length} different answers`, () => {
  test("equal themselves, and no one of them another", { timeout: 600_000 }, async () => {
    const pairs = differentAnswers.flatMap((gold) => differentAnswers.map((pred): [string, string] => [gold, pred]));
    const decisions = await areEqual(pairs);
    expect(pairs.filter(([gold, pred], i) => decisions[i] !== (gold === pred))).toEqual([]);
  });
});

describe("the vocabulary", () => {
  test("gives every word one role", async () => {
    const source = `${mathGraderSource()}
def words_of_two_roles():
    roles = {}
    for role, words in _ROLES.items():
        for word in words:
            roles.setdefault(word, []).append(role)
    return [[word, *found] for word, found in roles.items() if len(found) > 1]
`;
    expect(await sandbox.call(source, "words_of_two_roles", [[]])).toMatchObject([{ ok: true, value: [] }]);
  });
});
