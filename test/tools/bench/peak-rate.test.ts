/** @module The machine's peak. */
import { expect, it } from "vitest";
import { peakRate } from "../../../dist/tools/bench/peak-rate.js";

it("is measured by code that V8 accepts", () => {
  expect(peakRate()).toBeGreaterThan(0);
  expect(peakRate()).toBeLessThan(Number.POSITIVE_INFINITY);
});
