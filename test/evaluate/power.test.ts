import { describe, expect, test } from "vitest";
import { problemsNeeded } from "../../dist/evaluate/power.js";
import { differenceRange, estimateMean } from "../../dist/evaluate/statistics.js";
import { seededRandom } from "../../dist/util/random.js";

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
