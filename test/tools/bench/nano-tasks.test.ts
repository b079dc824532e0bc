/** @module The machine's peak. */
import { expect, test } from "vitest";
import { peakRate } from "../../../dist/tools/bench/nano-tasks.js";

test("is measured by code that V8 accepts", () => {
  expect(peakRate()).toBeGreaterThan(0);
  expect(peakRate()).toBeLessThan(Number.POSITIVE_INFINITY);
});
