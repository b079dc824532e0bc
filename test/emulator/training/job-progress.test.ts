import { describe, expect, test } from "vitest";
import { estimateFinish } from "../../../dist/emulator/training/job-progress.js";
import type { JobMetrics } from "../../../dist/service/jobs.js";

/** The estimate, at second 1000, of a job of 100 steps whose first steps took so many seconds. */
function estimate(...seconds: number[]): number | null {
  const steps = seconds.map((full_iteration, i) => {
    return { step: i + 1, total_steps: 100, timing: { step: { full_iteration } } } as unknown as JobMetrics;
  });
  return estimateFinish(steps, steps.at(-1) as JobMetrics, 1000);
}

describe("the estimated end of a job", () => {
  test("is not known after the first step, which waits for the sandbox to start", () => {
    expect(estimate(60)).toBeNull();
  });

  test("goes by the mean pace of the steps after the first, for the steps that are left", () => {
    expect(estimate(60, 2)).toBe(1000 + 98 * 2);
    expect(estimate(60, 2, 4)).toBe(1000 + 97 * 3);
  });

  test("goes by the last ten steps", () => {
    expect(estimate(60, 50, ...Array(10).fill(3))).toBe(1000 + 88 * 3);
    expect(estimate(60, 53, ...Array(9).fill(3))).toBe(1000 + 89 * 8);
  });

  test("is now when no step is left, and else a whole second that is not too early", () => {
    expect(estimate(60, ...Array(99).fill(2))).toBe(1000);
    expect(estimate(60, ...Array(98).fill(0.3))).toBe(1001);
  });
});
