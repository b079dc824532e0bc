import { describe, expect, test } from "vitest";
import {
  differenceRange,
  estimateMean,
  exactMcNemar,
  normalTail,
  passAtK,
  problemsNeeded,
  shareRange,
  studentQuantile,
} from "../../dist/evaluate/statistics.js";
import { type Random, seededRandom } from "../../dist/util/random.js";

/** `problems` problems of differing difficulty, `samples` right or wrong answers each. */
function drawAnswers(random: Random, problems: number, samples: number): number[][] {
  return Array.from({ length: problems }, () => {
    const passRate = random();
    return Array.from({ length: samples }, () => Number(random() < passRate));
  });
}

/** How often the interval holds the true mean, 1/2, over `trials` drawn evaluations. */
function coverage(problems: number, samples: number, trials: number): number {
  const random = seededRandom(7);
  let held = 0;
  for (let trial = 0; trial < trials; trial++) {
    const { low, high } = estimateMean(drawAnswers(random, problems, samples), shareRange);
    if (low <= 0.5 && 0.5 <= high) held += 1;
  }
  return held / trials;
}

describe("estimateMean", () => {
  test("returns the mean over all values", () => {
    const { value } = estimateMean([[1, 0, 1], [0, 0, 0], [1], [1, 1], [0], [1, 0]], shareRange);
    expect(value).toBeCloseTo(6 / 12);
  });

  test("agrees with the closed form for the mean of many independent values", () => {
    const values = drawAnswers(seededRandom(3), 2000, 1);
    const { value, low, high } = estimateMean(values, shareRange);
    const halfWidth = 1.96 * Math.sqrt((value * (1 - value)) / 2000);
    expect(value - low).toBeCloseTo(halfWidth, 2);
    expect(high - value).toBeCloseTo(halfWidth, 2);
  });

  test("is as wide as Student's t makes it for few problems", () => {
    const random = seededRandom(11);
    const ratios = Array.from({ length: 200 }, () => {
      const values = Array.from({ length: 8 }, () => random());
      const { value, low, high } = estimateMean(
        values.map((x) => [x]),
        shareRange,
      );
      const variance = values.reduce((sum, x) => sum + (x - value) ** 2, 0) / 7;
      return (high - low) / (2 * 2.365 * Math.sqrt(variance / 8));
    });
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    expect(mean).toBeGreaterThan(0.93);
    expect(mean).toBeLessThan(1.03);
  });

  test("holds the true mean about 95 times in 100, for few problems as for many", () => {
    for (const problems of [10, 40]) {
      const held = coverage(problems, 4, 400);
      expect(held).toBeGreaterThan(0.92);
      expect(held).toBeLessThan(0.985);
    }
  });

  test("does not become narrower by asking the same problems again", () => {
    const once = Array.from({ length: 40 }, (_, i) => [i % 2]);
    const often = once.map(([value]) => Array<number>(25).fill(value as number));
    const width = ({ low, high }: { low: number; high: number }): number => high - low;
    expect(width(estimateMean(often, shareRange))).toBeCloseTo(width(estimateMean(once, shareRange)));
  });

  test("gives the same interval for the same values", () => {
    const values = drawAnswers(seededRandom(5), 30, 2);
    expect(estimateMean(values, shareRange)).toEqual(estimateMean(values, shareRange));
  });

  test("claims nothing from fewer than six problems", () => {
    const gained = Array.from({ length: 5 }, () => [1]);
    expect(estimateMean(gained, differenceRange)).toEqual({ value: 1, low: -1, high: 1 });
    expect(estimateMean([...gained, [1]], differenceRange).low).toBeGreaterThan(0);
  });

  test("leaves room for what was not seen where all problems score alike, as the exact binomial interval does", () => {
    const { value, low, high } = estimateMean(
      Array.from({ length: 20 }, () => [0]),
      shareRange,
    );
    expect(value).toBe(0);
    expect(low).toBe(0);
    expect(high).toBeCloseTo(0.1684, 4); // Clopper-Pearson, 0 of 20
  });
});

describe("the distributions", () => {
  test.each([
    [10, 2.2281],
    [12, 2.1788],
    [15, 2.1314],
    [20, 2.086],
    [30, 2.0423],
    [60, 2.0003],
    [120, 1.9799],
  ])(
    "of Student have the tabulated 97.5 %% quantile for %d degrees of freedom, to three decimals",
    (degrees, quantile) => {
      expect(studentQuantile(degrees)).toBeCloseTo(quantile, 3);
    },
  );

  test("of Student are a little too narrow for the fewest degrees of freedom, by 0.003 at most", () => {
    expect(2.5706 - studentQuantile(5)).toBeGreaterThan(0);
    expect(2.5706 - studentQuantile(5)).toBeLessThan(0.003);
  });

  test.each([
    [0, 0.5],
    [0.5, 0.3085375],
    [1, 0.1586553],
    [1.5, 0.0668072],
    [1.959964, 0.025],
    [2.5, 0.0062097],
    [3, 0.0013499],
  ])("that are normal have the tabulated tail above %d, to six decimals", (x, probability) => {
    expect(normalTail(x)).toBeCloseTo(probability, 6);
  });
});

describe("exactMcNemar", () => {
  test("agrees with the binomial distribution", () => {
    expect(exactMcNemar(10, 2)).toBeCloseTo((2 * (1 + 12 + 66)) / 2 ** 12);
    expect(exactMcNemar(2, 10)).toBe(exactMcNemar(10, 2));
  });

  test("agrees with the example of Fagerland, Lydersen and Laake (BMC Medical Research Methodology 13:91, 2013, table 1)", () => {
    // Airway hyper-responsiveness before and after transplantation: 1 child lost it, 7 gained it.
    expect(exactMcNemar(7, 1)).toBeCloseTo(0.0703, 4);
  });

  test("agrees with Agresti's ratings of a prime minister as R's exact2x2 computes them", () => {
    // Categorical Data Analysis, section 10.1: 150 changed to disapproval, 86 to approval.
    expect(exactMcNemar(86, 150)).toBeCloseTo(3.716e-5, 8);
  });

  test("holds for thousands of changes", () => {
    expect(exactMcNemar(2000, 2000)).toBe(1);
    // The normal approximation with its correction of continuity: z = 99 / √4000 = 1.565.
    expect(exactMcNemar(2050, 1950)).toBeCloseTo(0.1175, 3);
  });

  test("is 1 where nothing changed or as much was gained as lost", () => {
    expect(exactMcNemar(0, 0)).toBe(1);
    expect(exactMcNemar(7, 7)).toBe(1);
  });
});

/** Differences with a standard deviation of 1. */
const ofOne = [-Math.SQRT1_2, Math.SQRT1_2];

describe("problemsNeeded", () => {
  test("agrees with the published sizes of a paired t-test for Cohen's small, medium and large effects", () => {
    // Power 0.8, two-sided 0.05: G*Power 3 and R's pwr.t.test give 198.2, 33.4 and 14.3 pairs.
    expect([0.2, 0.5, 0.8].map((effect) => problemsNeeded(ofOne, effect))).toEqual([199, 34, 15]);
  });

  test("needs four times as many for half the difference", () => {
    const [far, near] = [0.1, 0.05].map((difference) => problemsNeeded(ofOne, difference) as number);
    expect((near as number) / (far as number)).toBeCloseTo(4, 1);
  });

  test("tells nothing where the differences do not vary", () => {
    expect(problemsNeeded([0, 0, 0], 0.05)).toBeNull();
    expect(problemsNeeded([0.2], 0.05)).toBeNull();
  });

  test("leaves the interval above zero four times in five", () => {
    const random = seededRandom(11);
    // Gains of 1, losses of 1 and no change, on average a gain of 0.2.
    const draw = (): number => [-1, 1, 1, 0, 0][Math.floor(5 * random())] as number;
    const needed = problemsNeeded(Array.from({ length: 4000 }, draw), 0.2) as number;
    const trials = 300;
    let seen = 0;
    for (let trial = 0; trial < trials; trial++) {
      const differences = Array.from({ length: needed }, () => [draw()]);
      if (estimateMean(differences, differenceRange).low > 0) seen += 1;
    }
    expect(seen / trials).toBeGreaterThan(0.74);
    expect(seen / trials).toBeLessThan(0.86);
  });
});

/** All ways to choose `k` of the numbers below `n`. */
function choices(n: number, k: number): number[][] {
  if (k === 0) return [[]];
  if (n < k) return [];
  return [...choices(n - 1, k), ...choices(n - 1, k - 1).map((chosen) => [...chosen, n - 1])];
}

function binomial(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i;
  return n < k ? 0 : result;
}

describe("passAtK", () => {
  test("is the share of all choices of k answers in which one is right", () => {
    for (let n = 1; n <= 8; n++)
      for (let right = 0; right <= n; right++)
        for (let k = 1; k <= n; k++) {
          const all = choices(n, k);
          const solved = all.filter((chosen) => chosen.some((answer) => answer < right)).length;
          expect(passAtK(n, right, k)).toBeCloseTo(solved / all.length, 12);
        }
  });

  test("agrees with the formula of Chen et al. for the 200 samples of their paper", () => {
    for (const [right, k] of [
      [1, 1],
      [13, 10],
      [57, 100],
      [150, 51],
    ] as const)
      expect(passAtK(200, right, k)).toBeCloseTo(1 - binomial(200 - right, k) / binomial(200, k), 10);
  });

  test("is the accuracy for one answer, and whether any is right for all of them", () => {
    expect(passAtK(4, 3, 1)).toBe(0.75);
    expect([passAtK(4, 0, 4), passAtK(4, 1, 4)]).toEqual([0, 1]);
  });
});
