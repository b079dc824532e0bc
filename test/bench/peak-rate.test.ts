/** @module The machine's peak. */
import { expect, it } from "vitest";
import { peakRate } from "../../dist/bench/peak-rate.js";

it("runs code that V8 accepts, at more than one operation a nanosecond", () => {
  expect(peakRate()).toBeGreaterThan(1e9);
});
